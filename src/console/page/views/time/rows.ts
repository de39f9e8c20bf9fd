/** What the view of time shows: the rows of the history that its address asks for. */
import { computed } from '@preact/signals';
import type { NameOf } from '../../../../events/sentence.js';
import type { History } from '../../../model/history.js';
import { kindOf } from '../../../model/kinds.js';
import {
  type Filter,
  formatTimeAddress,
  kindsShown,
  parseTimeAddress,
  type TimeAddress,
} from '../../../model/time/address.js';
import { captionOf } from '../../../model/time/caption.js';
import { Rows } from '../../../model/time/rows.js';
import { Threads } from '../../../model/time/threads.js';
import { address, go, names, told } from '../../state.js';

export const timeAddress = computed<TimeAddress>(() =>
  parseTimeAddress(address.value.view === 'time' ? address.value.rest : []),
);

/** Names of nodes, for sentences. */
export const nameOf = computed<NameOf>(() => {
  const all = names.value;
  return (id) => (id === '' ? 'nobody' : all.of(id).short);
});

function goTime(to: Partial<TimeAddress>): void {
  go({ view: 'time', rest: formatTimeAddress({ ...timeAddress.value, ...to }) });
}

export function changeFilter(change: Partial<Filter>): void {
  goTime({ filter: { ...timeAddress.value.filter, ...change } });
}

let threads: Threads | undefined;

export function threadsNow(): Threads {
  const history = told();
  if (threads?.history !== history) threads = new Threads(history);
  threads.follow();
  return threads;
}

export function caption(place: number): string {
  return captionOf(threadsNow(), place, nameOf.value);
}

let made: { rows: Rows; key: string; names: unknown } | undefined;

/** Made anew when the filter, a name or the history is another one. */
export function rowsNow(): Rows {
  const history = told();
  const asked = timeAddress.value;
  const key = formatTimeAddress(asked).join('/');
  const isSame = made?.rows.history === history && made.key === key;
  if (made && isSame && made.names === names.value) made.rows.follow();
  else made = { rows: rowsOf(history, asked), key, names: names.value };
  return made.rows;
}

function rowsOf(history: History, asked: TimeAddress): Rows {
  const { node, types, text } = asked.filter;
  const kinds = kindsShown(asked);
  const words = text.toLowerCase();
  const [all, called] = [names.value, nameOf.value];
  const linked = threadsNow();
  const says = (place: number, type: string, id: string) =>
    `${all.of(id).short} ${type} ${captionOf(linked, place, called)}`.toLowerCase().includes(words);
  return new Rows(
    history,
    (frame, place) =>
      frame.type !== 'beat' &&
      kinds.includes(kindOf(frame)) &&
      (types.length === 0 || types.includes(frame.type)) &&
      (node === '' || all.of(frame.node).address === node) &&
      (words === '' || says(place, frame.type, frame.node)),
    kinds.includes('actors') && types.length === 0 && node === '' && words === '',
  );
}
