/**
 * Says once why a connection did not come about. Dialling goes on for hours, and strangers knock as
 * often as they like: what is repeated for the same cause is no news.
 */
import type { Log } from '../ports.js';
import { CLOSE } from './closing.js';
import type { GreetingFailure } from './greet.js';

/** Strangers may make up sources and causes: beyond this many everything is forgotten. */
const MAX_CAUSES = 1000;

/** What happens when all is well. */
const QUIET: readonly number[] = [CLOSE.goingAway, CLOSE.duplicate, CLOSE.noSession];

export class FailureLog {
  readonly #log: Log;
  readonly #causes = new Map<string, Set<string>>();
  #size = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** `source` is an address; `networkEvent` is what it is called if neither side refused. */
  note(source: string, failure: GreetingFailure, networkEvent: string): void {
    const { by, code, reason } = failure;
    const event = { us: 'peer.refused', them: 'peer.refusedUs', network: networkEvent }[by];
    const peer = failure.peer?.nodeId;
    if (!this.#isNews(source, `${event} ${code} ${reason} ${peer}`)) return;
    this.#log(levelOf(failure), event, { address: source, peer, code, reason });
  }

  /** The source did well: whatever comes next is news. */
  forget(source: string): void {
    this.#size -= this.#causes.get(source)?.size ?? 0;
    this.#causes.delete(source);
  }

  #isNews(source: string, cause: string): boolean {
    if (this.#size >= MAX_CAUSES) {
      this.#causes.clear();
      this.#size = 0;
    }
    const known = this.#causes.get(source) ?? new Set();
    if (known.has(cause)) return false;
    this.#causes.set(source, known.add(cause));
    this.#size++;
    return true;
  }
}

function levelOf({ by, code }: GreetingFailure) {
  if (QUIET.includes(code)) return 'debug';
  return by === 'network' || code === CLOSE.self ? 'info' : 'warn';
}
