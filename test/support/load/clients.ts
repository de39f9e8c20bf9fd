/**
 * Clients that work until they are stopped, each with one request under way, and move on to the
 * next node after a while, or when theirs fails them.
 */
import { type Asking, Failures, type Reply, Seat } from './seat.js';

/** Longer than a request takes at a node that is well; one that is paused would stop everybody. */
const PATIENCE_MS = 3000;
/** So that a node that is back gets work again. */
const STAY_TURNS = 50;

/** Sends one request where the client sits. */
export type Hands = (...request: Asking) => Promise<Reply>;

export class Clients {
  /** Answers that are no server error. */
  answered = 0;
  readonly failures = new Failures();
  readonly #ended: Promise<unknown>;
  #stopping = false;

  /** `turn` is called again and again, for each client with its own hands. */
  constructor(ports: readonly number[], count: number, turn: (hands: Hands) => Promise<void>) {
    const failed = this.failures.note;
    const run = async (at: number) => {
      const seat = new Seat({ ports, at, failed, patienceMs: PATIENCE_MS });
      const hands: Hands = async (...request) => {
        const reply = await seat.ask(...request);
        if (typeof reply !== 'string' && reply.status < 500) this.answered++;
        return reply;
      };
      for (let turns = 1; !this.#stopping; turns++) {
        await turn(hands);
        if (turns % STAY_TURNS === 0) seat.move();
      }
      seat.leave();
    };
    this.#ended = Promise.all(Array.from({ length: count }, (_, at) => run(at)));
  }

  /** Resolves when every request has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#ended;
  }
}

/** Of a write that failed: whether the node is sure that it was not stored. */
export function isCertainlyNotApplied(reply: Reply): boolean {
  if (typeof reply === 'string') return reply === 'not sent';
  if (reply.status < 500) return reply.status >= 400;
  return (JSON.parse(reply.text) as { applied?: string }).applied === 'no';
}
