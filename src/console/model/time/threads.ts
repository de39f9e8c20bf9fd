/**
 * What belongs together in a recording of the simulator: a message and its end, a request and its
 * answer, a fault and when it was over, a process and its death.
 */
import type { RecordedFrame } from '../../../events/recorded-frame.js';
import type { RunFrame } from '../../../events/run-frame.js';
import type { History } from '../history.js';

export interface Thread {
  /** Place of its beginning; -1 if that is not in the recording. */
  readonly from: number;
  /** Places of what came of it; of a message that was doubled there may be two. */
  readonly ends: readonly number[];
}

interface Growing extends Thread {
  readonly ends: number[];
}

export type ThreadKind = 'message' | 'request' | 'fault' | 'process';

export class Threads {
  readonly history: History;
  readonly #threads = new Map<string, Growing>();
  readonly #byKind = new Map<ThreadKind, Thread[]>();
  #looked: number;

  constructor(history: History) {
    this.history = history;
    this.#looked = history.first;
  }

  /** Takes in what has come. */
  follow(): void {
    for (; this.#looked < this.history.end; this.#looked++) {
      this.#take(this.history.frame(this.#looked)!, this.#looked);
    }
  }

  #take(frame: RecordedFrame, place: number): void {
    if (!isOfThread(frame)) return;
    const name = nameOf(frame);
    const known = this.#threads.get(name);
    if (!isBeginning(frame) && known) {
      known.ends.push(place);
      return;
    }
    const begins = isBeginning(frame);
    const thread: Growing = { from: begins ? place : -1, ends: begins ? [] : [place] };
    this.#threads.set(name, thread);
    const kind = name.slice(0, name.indexOf(' ')) as ThreadKind;
    const all = this.#byKind.get(kind);
    if (all) all.push(thread);
    else this.#byKind.set(kind, [thread]);
  }

  /** Which it belongs to; undefined if it stands for itself. */
  of(frame: RecordedFrame): Thread | undefined {
    return isOfThread(frame) ? this.#threads.get(nameOf(frame)) : undefined;
  }

  /** Its beginning, if that is another frame that is known. */
  beginningOf(frame: RecordedFrame): RunFrame | undefined {
    const from = this.of(frame)?.from ?? -1;
    const beginning = from < 0 ? undefined : this.history.frame(from);
    return beginning === frame ? undefined : (beginning as RunFrame | undefined);
  }

  /** In the order in which they began. */
  all(kind: ThreadKind): readonly Thread[] {
    return this.#byKind.get(kind) ?? [];
  }
}

type OfThread = Exclude<RunFrame, { type: 'violation' }>;

const KINDS = /^(message|request|fault|process)\./;

function isOfThread(frame: RecordedFrame): frame is OfThread {
  return frame.type !== 'request.slow' && KINDS.test(frame.type);
}

/** A machine has one process at a time. */
function nameOf(frame: OfThread): string {
  const kind = frame.type.slice(0, frame.type.indexOf('.'));
  return `${kind} ${'machine' in frame ? frame.machine : frame.id}`;
}

function isBeginning({ type }: OfThread): boolean {
  return type === 'message.sent' || type.endsWith('.began') || type === 'process.started';
}
