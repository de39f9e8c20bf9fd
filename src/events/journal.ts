/**
 * The facts of the last minutes, numbered and written down once: what streams are fed from and
 * resumed by, and what a recording is made of (a flight recorder).
 *
 * Memory is bounded in bytes of the JSON, the oldest go first. Numbers begin with the wall clock in
 * microseconds, so that a node that was restarted goes on above where it was, and whoever resumes
 * behind what is kept is told of a gap, instead of being given the facts of another life.
 *
 * Now and then a snapshot is taken down among the facts (a key frame): a recording begins with one,
 * and a fold that went wrong is right again from there on.
 */
import { present } from '../core/assert.js';
import type { NodeId } from '../core/data/version.js';
import type { Fact } from './facts.js';
import type { Frame } from './frame.js';
import type { NodeView } from './view.js';

/** What an entry takes beside its text. */
const ENTRY_BYTES = 100;
/** Dropped entries are let go by so many at a time. */
const COMPACT_AT = 1024;

/** A frame, and the line that is sent for it. */
export interface Entry {
  readonly seq: number;
  readonly at: number;
  readonly type: Frame['type'];
  /** JSON, without a line end. */
  readonly text: string;
}

export interface JournalOptions {
  readonly node: NodeId;
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number;
  readonly maxBytes: number;
  readonly snapshot: () => NodeView;
}

/** What subscribers are fed from: the journal of this node, or the copy of another one's. */
export interface EventLog {
  readonly node: NodeId;
  /** Of the last fact. */
  readonly lastSeq: number;
  /** A snapshot, and the facts since then. */
  begin(): readonly Entry[];
  /**
   * The facts behind `since`, up to so many bytes of them, but one at least if there is one.
   * Undefined if some that come behind it are kept no more, or it is of another life.
   */
  after(since: number, maxBytes: number): readonly Entry[] | undefined;
  /** Called with every entry from now on; returns how to stop it. */
  watch(watcher: (entry: Entry) => void): () => void;
}

export class Journal implements EventLog {
  readonly node: NodeId;
  readonly #options: JournalOptions;
  readonly #watchers = new Set<(entry: Entry) => void>();
  /** The oldest are at `#first`; those before it are gone. */
  #entries: (Entry | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  #lastSeq: number;
  /** The first fact that is still kept, or will be. */
  #oldestSeq: number;

  constructor(options: JournalOptions) {
    this.node = options.node;
    this.#options = options;
    this.#lastSeq = Math.max(0, Math.floor(options.now() * 1000));
    this.#oldestSeq = this.#lastSeq + 1;
  }

  /** Of the last fact. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Takes a fact down and hands it to the watchers. */
  add(fact: Fact): void {
    const { node, now } = this.#options;
    const at = now();
    const seq = ++this.#lastSeq;
    const { type } = fact;
    const entry = { seq, at, type, text: JSON.stringify({ ...fact, seq, at, node, type }) };
    this.#push(entry);
    for (const watcher of this.#watchers) watcher(entry);
  }

  /** Takes down how things stand: to be called now and then. */
  addKeyFrame(): void {
    this.#push(this.#snapshot());
  }

  begin(): readonly Entry[] {
    return [this.#snapshot()];
  }

  #snapshot(): Entry {
    const { node, now, snapshot } = this.#options;
    const [seq, at, type] = [this.#lastSeq, now(), 'snapshot' as const];
    return { seq, at, type, text: JSON.stringify({ type, seq, at, node, view: snapshot() }) };
  }

  after(since: number, maxBytes = Number.POSITIVE_INFINITY): readonly Entry[] | undefined {
    if (since < this.#oldestSeq - 1 || since > this.#lastSeq) return undefined;
    const entries: Entry[] = [];
    let bytes = 0;
    for (const entry of this.#from(since + 1)) {
      if (entry.type === 'snapshot') continue;
      bytes += entry.text.length;
      if (entries.length > 0 && bytes > maxBytes) break;
      entries.push(entry);
    }
    return entries;
  }

  /**
   * From the last key frame before this time, or the first behind it, to the end; from a later one
   * if that would be more letters than `max`.
   */
  recording(sinceMs: number, max = Number.POSITIVE_INFINITY): Entry[] {
    const all = this.#entries.slice(this.#first).map((entry) => present(entry, 'what is kept'));
    let start = all.length;
    let letters = 0;
    for (let index = all.length - 1; index >= 0; index--) {
      const { type, at, text } = present(all[index], 'what is kept');
      letters += text.length + 1;
      if (letters > max) break;
      if (type !== 'snapshot') continue;
      start = index;
      if (at <= sinceMs) break;
    }
    return all.slice(start);
  }

  watch(watcher: (entry: Entry) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #push(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.text.length + ENTRY_BYTES;
    const { maxBytes } = this.#options;
    while (this.#bytes > maxBytes && this.#first < this.#entries.length - 1) {
      const oldest = present(this.#entries[this.#first], 'the oldest that is kept');
      this.#bytes -= oldest.text.length + ENTRY_BYTES;
      this.#entries[this.#first++] = undefined;
      if (oldest.type !== 'snapshot') this.#oldestSeq = oldest.seq + 1;
    }
    if (this.#first < COMPACT_AT) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  /** Entries from this number on. */
  *#from(seq: number): Generator<Entry> {
    let low = this.#first;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (present(this.#entries[middle], 'what is kept').seq < seq) low = middle + 1;
      else high = middle;
    }
    for (; low < this.#entries.length; low++) yield present(this.#entries[low], 'what is kept');
  }
}
