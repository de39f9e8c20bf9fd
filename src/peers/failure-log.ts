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

  /**
   * `source` is an address; `networkEvent` is what it is called if neither side refused. That a
   * member cannot be had is a warning.
   */
  note(source: string, failure: GreetingFailure, networkEvent: string, isMember = false): void {
    const { by, code } = failure;
    const reason = explained(failure);
    const event = { us: 'peer.refused', them: 'peer.refusedUs', network: networkEvent }[by];
    const peer = failure.peer?.nodeId;
    if (!this.#isNews(source, `${event} ${code} ${reason} ${peer}`)) return;
    this.#log(levelOf(failure, isMember), event, { address: source, peer, code, reason });
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

/** Whether a connection came to this end because all is well. */
export function isQuiet(code: number): boolean {
  return QUIET.includes(code);
}

function levelOf({ by, code }: GreetingFailure, isMember: boolean) {
  if (isQuiet(code)) return 'debug';
  const isUsual = (by === 'network' && !isMember) || code === CLOSE.self;
  return isUsual ? 'info' : 'warn';
}

const WHAT_IT_MEANS: readonly (readonly [sign: RegExp, meaning: string])[] = [
  [/ECONNREFUSED/, 'nobody listens there'],
  [/ENOTFOUND|EAI_AGAIN/, 'there is no such host'],
  [/EHOSTUNREACH|ENETUNREACH/, 'there is no way to it'],
  [/EMFILE|ENFILE/, 'this process has no file descriptors left'],
  [
    /Unexpected server response: \d+|Parse Error|Invalid (?:Upgrade|Sec).*|socket hang up/,
    'what listens there is no node',
  ],
];

/** Why, for people: the word of the system stands behind ours. */
export function explained({ by, reason }: GreetingFailure): string {
  if (by !== 'network') return reason;
  for (const [sign, meaning] of WHAT_IT_MEANS) {
    const [word] = sign.exec(reason) ?? [];
    if (word) return `${meaning}, ${word}`;
  }
  return reason;
}
