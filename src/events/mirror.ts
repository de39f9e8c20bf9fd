/**
 * The journal of another node, as far as it is needed to follow it: a snapshot, and the facts
 * behind that. What a peer sends is looked at before it is believed to be a frame.
 *
 * When that becomes too much, the older half is folded into the snapshot. Rejected alternative: to
 * ask for another snapshot. What happened on its way would be in it, and told to nobody.
 */
import { present } from '../core/assert.js';
import type { NodeId } from '../core/data/version.js';
import type { Frame } from './frame.js';
import type { Entry, EventLog } from './journal.js';
import { NOBODY, reduce } from './reduce.js';

/** More than this is not kept behind the snapshot. */
const KEPT_BYTES = 1 << 20;

export class MirroredLog implements EventLog {
  readonly node: NodeId;
  readonly #now: () => number;
  readonly #watchers = new Set<(entry: Entry) => void>();
  /** A snapshot, then facts; empty until the first has come. */
  #entries: Entry[] = [];
  #bytes = 0;
  #isAway = false;

  /** `now`: wall clock, milliseconds since 1970. */
  constructor(node: NodeId, now: () => number) {
    this.node = node;
    this.#now = now;
  }

  get lastSeq(): number {
    return this.#entries.at(-1)?.seq ?? 0;
  }

  /** Behind which fact to ask for more; undefined if a snapshot is wanted. */
  get since(): number | undefined {
    return this.#entries.at(-1)?.seq;
  }

  begin(): readonly Entry[] {
    return this.#isAway ? [...this.#entries, this.#away('it does not answer')] : this.#entries;
  }

  after(since: number): readonly Entry[] | undefined {
    const first = this.#entries[0]?.seq ?? 0;
    if (since < first) return undefined;
    return this.#entries.filter(({ seq, type }) => seq > since && type !== 'snapshot');
  }

  watch(watcher: (entry: Entry) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Takes what the node has sent. Throws a `RangeError` if that is no list of its frames. */
  take(frames: string): void {
    const entries = entriesOf(frames, this.node);
    this.#isAway = false;
    for (const entry of entries) {
      const isSnapshot = entry.type === 'snapshot';
      if (isSnapshot) {
        if (this.since !== undefined) this.#tell(this.#gap(this.since));
        this.#entries = [];
        this.#bytes = 0;
      } else if (entry.seq <= this.lastSeq || this.#entries.length === 0) continue;
      this.#entries.push(entry);
      if (!isSnapshot) this.#bytes += entry.text.length;
      this.#tell(entry);
    }
    if (this.#bytes > KEPT_BYTES) this.#foldOlder();
  }

  #foldOlder(): void {
    const older = this.#entries.splice(0, Math.ceil((this.#entries.length + 1) / 2));
    const { seq, at } = present(older.at(-1), 'a snapshot at least');
    const frames = older.map(({ text }) => JSON.parse(text) as Frame);
    const { node } = this;
    const view = frames.reduce(reduce, NOBODY).nodes[node];
    const type = 'snapshot' as const;
    this.#bytes = this.#entries.reduce((sum, { text }) => sum + text.length, 0);
    this.#entries.unshift({ seq, at, type, text: JSON.stringify({ type, seq, at, node, view }) });
  }

  /** It does not answer; said once for as long as that lasts. */
  lost(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#tell(this.#away(reason));
  }

  #away(reason: string): Entry {
    const [type, at, seq] = ['away' as const, this.#now(), this.lastSeq];
    return { type, at, seq, text: JSON.stringify({ type, at, node: this.node, reason }) };
  }

  /** It is another process now, or what comes behind `since` is kept there no more. */
  #gap(since: number): Entry {
    const [type, at] = ['gap' as const, this.#now()];
    return { type, at, seq: since, text: JSON.stringify({ type, at, node: this.node, since }) };
  }

  #tell(entry: Entry): void {
    for (const watcher of this.#watchers) watcher(entry);
  }
}

/** The frames of a node, one on each line. Throws a `RangeError` if they are anything else. */
export function entriesOf(frames: string, node: NodeId): Entry[] {
  return frames.split('\n').flatMap((text) => (text === '' ? [] : [entryOf(text, node)]));
}

function entryOf(text: string, node: NodeId): Entry {
  let frame: Partial<Frame & { seq: number }> | null;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new RangeError('a frame that is not JSON');
  }
  const { type, at, seq } = frame ?? {};
  if (typeof type !== 'string' || typeof at !== 'number' || !Number.isSafeInteger(seq)) {
    throw new RangeError('a frame without type, time or number');
  }
  if (frame?.node !== node) throw new RangeError('a frame of another node');
  return { type, at, seq: seq as number, text };
}
