/**
 * Feeds one subscriber from one log, no faster than it takes.
 *
 * Algorithm: a subscriber is a place in the log. While its sink has room it is given what comes
 * behind that place; when it has not, the place stays, and the log, which is bounded, goes on. So
 * a slow subscriber costs nothing but itself, and loses facts only when the log has let them go:
 * then it is told how many, and begins again with a snapshot.
 *
 * Rejected alternative: a queue for each subscriber. It would hold the same lines once more for
 * each of them, and would have to be bounded, too.
 */
import type { Frame } from './frame.js';
import type { Entry, EventLog } from './journal.js';

export interface Sink {
  /** Whether it still has so much to send that it should be given no more now. */
  isFull(): boolean;
  /** `text`: one frame as JSON, without a line end. `seq`: of a fact, its number. */
  write(text: string, seq?: number): void;
}

/** A stream under way. */
export interface Stream {
  /** The sink has room again, or may have. */
  pump(): void;
  stop(): void;
}

export interface Wanted {
  /** Beginnings of types of facts; none asks for all but `actor.`. */
  readonly types: readonly string[];
  /** To go on behind this fact; without it, from now on. */
  readonly since: number | undefined;
}

const BATCH_BYTES = 64 << 10;

/** Whether a type of frame was asked for. What is said of the stream itself always is. */
export function isWanted(type: string, prefixes: readonly string[]): boolean {
  if (!type.includes('.')) return true;
  if (prefixes.length === 0) return !type.startsWith('actor.');
  return prefixes.some((prefix) => type.startsWith(prefix));
}

export class Subscription implements Stream {
  readonly #log: EventLog;
  readonly #wanted: Wanted;
  readonly #sink: Sink;
  readonly #now: () => number;
  readonly #onDropped: (count: number) => void;
  readonly #stop: () => void;
  /** Of the last fact that was sent, or passed over. */
  #place: number;
  /** Not all that there is was given to the sink. */
  #isBehind = true;

  /** `now`: wall clock, milliseconds since 1970. `onDropped`: so many facts were left out. */
  constructor(
    log: EventLog,
    wanted: Wanted,
    sink: Sink,
    { now, onDropped }: { now: () => number; onDropped: (count: number) => void },
  ) {
    this.#log = log;
    this.#wanted = wanted;
    this.#sink = sink;
    this.#now = now;
    this.#onDropped = onDropped;
    const { since } = wanted;
    this.#place = since ?? log.lastSeq;
    if (since === undefined) this.#begin();
    else if (log.after(since, 1) === undefined) {
      this.#say({ type: 'gap', since });
      this.#begin();
    }
    this.#stop = log.watch((entry) => this.#take(entry));
    this.pump();
  }

  stop(): void {
    this.#stop();
  }

  /** There is room again, or may be: goes on where it was. */
  pump(): void {
    if (!this.#isBehind) return;
    const log = this.#log;
    while (!this.#sink.isFull()) {
      const entries = log.after(this.#place, BATCH_BYTES);
      if (entries === undefined) {
        const count = Math.max(0, log.lastSeq - this.#place);
        this.#onDropped(count);
        this.#say({ type: 'dropped', count });
        this.#begin();
        continue;
      }
      if (entries.length === 0) {
        this.#isBehind = false;
        return;
      }
      for (const entry of entries) {
        if (this.#sink.isFull()) return;
        this.#write(entry);
      }
    }
  }

  /** Says that there is nothing to say, if there is room. */
  beat(): void {
    this.pump();
    if (!this.#isBehind) this.#say({ type: 'beat', seq: this.#place });
  }

  #begin(): void {
    for (const entry of this.#log.begin()) this.#write(entry);
  }

  #take(entry: Entry): void {
    this.#isBehind ||= this.#sink.isFull();
    if (!this.#isBehind) this.#write(entry);
  }

  #write({ seq, type, text }: Entry): void {
    this.#place = seq;
    if (isWanted(type, this.#wanted.types)) this.#sink.write(text, seq);
  }

  #say(frame: SaidOf<Frame>): void {
    const { type, ...fields } = frame;
    const { node } = this.#log;
    this.#sink.write(JSON.stringify({ type, at: this.#now(), node, ...fields }));
  }
}

type SaidOf<F> = F extends { type: 'gap' | 'dropped' | 'beat' } ? Omit<F, 'at' | 'node'> : never;
