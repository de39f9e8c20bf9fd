/**
 * Clients that work until they are stopped, each with one request under way, and move on to the
 * next node after a while, or when theirs fails them.
 */
import { systemClock as clock } from '../../../src/system.js';
import { type Answer, codeOf, type RequestOptions } from '../http/http-client.js';
import { Seat } from './register-load.js';

/** Longer than a request may take at a node that is well. */
const PATIENCE_MS = 3000;
/** So that a node that is back gets work again. */
const STAY_TURNS = 50;

/** `lost`: no whole answer came, and nobody can tell what was done. */
export type Reply = Answer | 'not sent' | 'lost';

export class Clients {
  /** Answers that are no server error. */
  answered = 0;
  /** The other ends of requests, by what was said about them. */
  readonly failures = new Map<string, number>();
  readonly #ended: Promise<unknown>;
  #stopping = false;

  /** `turn` is called again and again, for each client with its own hands. */
  constructor(ports: readonly number[], count: number, turn: (hands: Hands) => Promise<void>) {
    const run = async (at: number) => {
      const seat = new Seat(ports, at);
      for (let turns = 1; !this.#stopping; turns++) {
        await turn((...request) => this.#ask(seat, ...request));
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

  get failuresText(): string {
    const texts = [...this.failures].map(([how, count]) => `${count} × ${how}`);
    return texts.join(', ') || 'none';
  }

  async #ask(seat: Seat, ...[method, target, options]: Asking): Promise<Reply> {
    // A node that is paused would keep it waiting, and sooner or later everybody.
    const timer = clock.setTimeout(() => seat.client.close(), PATIENCE_MS);
    try {
      const answer = await seat.client.send(method, target, options);
      if (answer.status < 500) this.answered++;
      else this.#failed(`${method} ${answer.status} ${codeOf(answer)}`);
      if (answer.status === 503 || answer.headers.connection === 'close') seat.move();
      return answer;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      seat.move();
      if (code === 'ECONNREFUSED') return 'not sent';
      this.#failed(`${method} ${code ?? message}`);
      return 'lost';
    } finally {
      clock.clearTimeout(timer);
    }
  }

  #failed(how: string): void {
    this.failures.set(how, (this.failures.get(how) ?? 0) + 1);
  }
}

type Asking = [method: string, target: string, options: RequestOptions];
/** Sends one request where the client sits. */
export type Hands = (...request: Asking) => Promise<Reply>;

/** Of a write that failed: whether the node is sure that it was not stored. */
export function isCertainlyNotApplied(reply: Reply): boolean {
  if (typeof reply === 'string') return reply === 'not sent';
  if (reply.status < 500) return reply.status >= 400;
  return (JSON.parse(reply.text) as { applied?: string }).applied === 'no';
}
