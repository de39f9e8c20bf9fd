/** Where one client sits: one connection, to one node at a time, until that node fails it. */
import { systemClock as clock } from '../../../src/system.js';
import { type Answer, codeOf, HttpClient, type RequestOptions } from '../http/http-client.js';

/** `lost`: no whole answer came, and nobody can tell what was done. */
export type Reply = Answer | 'not sent' | 'lost';

export type Asking = [method: string, target: string, options: RequestOptions];

export class Seat {
  readonly #ports: readonly number[];
  readonly #failed: (how: string) => void;
  readonly #patienceMs: number | undefined;
  #client: HttpClient;
  #at: number;

  constructor(options: {
    ports: readonly number[];
    /** The place in `ports` to begin with. */
    at: number;
    /** Hears of every request that was sent and not carried out, and what was said about it. */
    failed: (how: string) => void;
    /** When it gives a request up; it waits for as long as it takes if there is no such time. */
    patienceMs?: number;
  }) {
    this.#ports = options.ports;
    this.#at = options.at;
    this.#failed = options.failed;
    this.#patienceMs = options.patienceMs;
    this.#client = new HttpClient(this.port, 1);
  }

  get port(): number {
    return this.#ports[this.#at % this.#ports.length]!;
  }

  /** Sends one request; moves on when it was not carried out. */
  async ask(...[method, target, options]: Asking): Promise<Reply> {
    const giveUp = () => this.#client.close();
    const patience = this.#patienceMs;
    const timer = patience === undefined ? undefined : clock.setTimeout(giveUp, patience);
    try {
      const answer = await this.#client.send(method, target, options);
      if (answer.status >= 500) this.#failed(`${method} ${answer.status} ${codeOf(answer)}`);
      if (answer.status >= 500 || answer.headers.connection === 'close') this.move();
      return answer;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.move();
      if (code === 'ECONNREFUSED') return 'not sent';
      this.#failed(`${method} ${code ?? message}`);
      return 'lost';
    } finally {
      clock.clearTimeout(timer);
    }
  }

  move(): void {
    this.#client.close();
    this.#at++;
    this.#client = new HttpClient(this.port, 1);
  }

  leave(): void {
    this.#client.close();
  }
}

/** How often requests failed, by what was said about them. */
export class Failures extends Map<string, number> {
  readonly note = (how: string): void => {
    this.set(how, (this.get(how) ?? 0) + 1);
  };

  get text(): string {
    return [...this].map(([how, count]) => `${count} × ${how}`).join(', ') || 'none';
  }
}
