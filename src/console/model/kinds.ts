/** What events are about, in few kinds: colours of the bar of time, and filters. */
import type { RecordedFrame } from '../../events/recorded-frame.js';
import type { History } from './history.js';

export const KINDS = ['members', 'ring', 'data', 'requests', 'faults', 'node', 'actors'] as const;
export type Kind = (typeof KINDS)[number];

const BY_PREFIX: { readonly [prefix: string]: Kind } = {
  member: 'members',
  self: 'members',
  identity: 'members',
  peer: 'members',
  clock: 'members',
  message: 'members',
  ring: 'ring',
  join: 'ring',
  quorum: 'ring',
  transfer: 'data',
  repair: 'data',
  tree: 'data',
  partition: 'data',
  hint: 'data',
  store: 'data',
  request: 'requests',
  overload: 'requests',
  coordinator: 'requests',
  fault: 'faults',
  violation: 'faults',
  process: 'faults',
  actor: 'actors',
};

export function kindOf({ type }: Pick<RecordedFrame, 'type'>): Kind {
  const dot = type.indexOf('.');
  return BY_PREFIX[dot < 0 ? type : type.slice(0, dot)] ?? 'node';
}

/** Of each slice of time how many events of each kind, in the order of `KINDS`. */
export function density(history: History, from: number, to: number, slices: number): number[][] {
  const counts = Array.from({ length: slices }, () => KINDS.map(() => 0));
  if (history.isEmpty || to <= from) return counts;
  let place = history.placeAt(from);
  if (history.at(place) < from) place++;
  for (; place < history.end && history.at(place) <= to; place++) {
    const frame = history.frame(place)!;
    if (frame.type === 'beat') continue;
    const slice = Math.floor(((history.at(place) - from) / (to - from)) * slices);
    const of = counts[Math.min(slice, slices - 1)]!;
    const kind = KINDS.indexOf(kindOf(frame));
    of[kind] = of[kind]! + 1 + history.leftOutBefore(place);
  }
  return counts;
}
