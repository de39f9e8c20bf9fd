/** Keys that work in every view. What is typed into a field is the field's. */
import { VIEWS } from '../../model/address.js';
import { go, goLive, goTo, moment, told } from '../state.js';

export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['← →', 'step back and forth by an event'],
  ['Shift ← →', 'by a second'],
  [', .', 'by a step of the actor that is shown'],
  ['Home End', 'to the first event, to the last'],
  ['Space', 'pause, or back to the present'],
  ['Esc', 'back to the present'],
  ['1 … 6', 'the views'],
  ['n m a', 'in Time: to the next match, message, step of the same; with Shift, back'],
  ['/', 'search'],
  ['?', 'these keys'],
];

/** Returns how not to. `help` shows the keys. */
export function listenToKeys(help: () => void): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    if (target.closest('input, select, textarea, dialog')) return;
    if (event.key === ' ' && target.closest('button, a, summary')) return;
    if (act(event, help)) event.preventDefault();
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}

function act({ key, shiftKey }: KeyboardEvent, help: () => void): boolean {
  const all = told();
  const { place, at, isPast } = moment.value;
  const view = VIEWS[Number(key) - 1];
  if (view) go({ view, rest: [] });
  else if (key === '?') help();
  else if (key === 'Escape') goLive();
  else if (all.isEmpty) return false;
  else if (key === 'ArrowLeft') goTo(shiftKey ? all.placeAt(at - 1000) : place - 1);
  else if (key === 'ArrowRight') goTo(shiftKey ? all.placeAt(at + 1000) : place + 1);
  else if (key === 'Home') goTo(all.first);
  else if (key === 'End') goTo(all.end - 1);
  else if (key === ' ') isPast ? goLive() : goTo(place);
  else if (key === '/') document.querySelector<HTMLElement>('#view [type=search]')?.focus();
  else return false;
  return true;
}
