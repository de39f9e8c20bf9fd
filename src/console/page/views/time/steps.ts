/** Steps through the past that are not by one event: to what is looked for, or along one thing. */
import type { RecordedFrame } from '../../../../events/recorded-frame.js';
import { relatedTo } from '../../../model/time/related.js';
import { goTo, moment, say, told } from '../../state.js';
import { rowsNow } from './rows.js';

export type Step = 1 | -1;

/** To the next row of the filter. */
export function stepToMatch(step: Step): void {
  arrive(rowsNow().next(moment.value.place, step), step, 'nothing more that fits the filter');
}

export function stepToMessage(step: Step): void {
  stepTo(step, ({ type }) => type.startsWith('message.'), 'no more messages');
}

/** Along the actor, message, request, fault or member that the moment tells of. */
export function stepAlong(step: Step): void {
  const { frame } = moment.value;
  const related = frame && relatedTo(frame);
  if (related) stepTo(step, related.test, `nothing more of ${related.what}`);
}

function stepTo(step: Step, test: (frame: RecordedFrame) => boolean, otherwise: string): void {
  arrive(told().find(moment.value.place, step, test), step, otherwise);
}

function arrive(place: number | undefined, step: Step, otherwise: string): void {
  if (place !== undefined) goTo(place);
  else say(`${otherwise}, ${step === 1 ? 'up to the end' : 'back to the beginning'}`);
}

const STEPS: { readonly [key: string]: (step: Step) => void } = {
  n: stepToMatch,
  m: stepToMessage,
  a: stepAlong,
};

/** Their keys, backwards with Shift; returns how not to listen any more. */
export function listenToSteps(): () => void {
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if ((event.target as HTMLElement).closest('input, select, textarea, dialog')) return;
    const key = event.key.toLowerCase();
    if (!Object.hasOwn(STEPS, key)) return;
    event.preventDefault();
    STEPS[key]!(event.shiftKey ? -1 : 1);
  };
  addEventListener('keydown', press);
  return () => removeEventListener('keydown', press);
}
