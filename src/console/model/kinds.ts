/** What events are about, in few kinds: colours of the bar of time, and filters. */
import type { RecordedFrame } from '../../events/recorded-frame.js';
import type { History } from './history.js';

export const KINDS = [
  'members',
  'ring',
  'data',
  'requests',
  'faults',
  'node',
  'actors',
  'messages',
] as const;
export type Kind = (typeof KINDS)[number];

const BY_PREFIX: { readonly [prefix: string]: Kind } = {
  member: 'members',
  self: 'members',
  identity: 'members',
  peer: 'members',
  clock: 'members',
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
  message: 'messages',
};

/** Found once for each type: whoever counts asks for it of all frames. */
const BY_TYPE = new Map<string, Kind>();

export function kindOf({ type }: Pick<RecordedFrame, 'type'>): Kind {
  let kind = BY_TYPE.get(type);
  if (kind === undefined) {
    const dot = type.indexOf('.');
    kind = BY_PREFIX[dot < 0 ? type : type.slice(0, dot)] ?? 'node';
    BY_TYPE.set(type, kind);
  }
  return kind;
}

/**
 * How many events of each kind there were in each slice of time, in the order of `KINDS`. Each
 * frame is counted once, as the history grows: to draw them costs nothing for those of before.
 */
export class Density {
  readonly #history: History;
  readonly #sliceMs: number;
  readonly #slices = new Map<number, number[]>();
  #next = 0;

  constructor(history: History, sliceMs: number) {
    this.#history = history;
    this.#sliceMs = sliceMs;
  }

  /** Whether it counts these. */
  isOf(history: History, sliceMs: number): boolean {
    return this.#history === history && this.#sliceMs === sliceMs;
  }

  /** The slices that hold anything: when they begin, and their counts. */
  between(from: number, to: number): { readonly at: number; readonly counts: readonly number[] }[] {
    this.#catchUp();
    const found = [];
    const last = Math.floor(to / this.#sliceMs);
    for (let slice = Math.floor(from / this.#sliceMs); slice <= last; slice++) {
      const counts = this.#slices.get(slice);
      if (counts) found.push({ at: slice * this.#sliceMs, counts });
    }
    return found;
  }

  #catchUp(): void {
    const history = this.#history;
    for (let place = Math.max(this.#next, history.first); place < history.end; place++) {
      const frame = history.frame(place)!;
      if (frame.type === 'beat') continue;
      const slice = Math.floor(history.at(place) / this.#sliceMs);
      const counts = this.#slices.get(slice) ?? KINDS.map(() => 0);
      this.#slices.set(slice, counts);
      counts[KINDS.indexOf(kindOf(frame))]! += 1 + history.leftOutBefore(place);
    }
    this.#next = history.end;
  }
}
