/**
 * What happened to one request, for people who ask (`?explain=1`): whom it asked, what each
 * answered and after how long, and what followed.
 */
import { formatVersion, type Version } from '../../core/data/version.js';
import type { Explained, RequestStep } from '../../core/requests.js';
import type { Clock } from '../../ports.js';

export class Explanation {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #steps: RequestStep[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  note(what: string, fields: Omit<RequestStep, 'atMs' | 'what' | 'tookMs'> = {}): void {
    this.#steps.push({ atMs: this.#now, what, ...fields });
  }

  /** An owner is asked; what it answers is handed to what this returns. */
  ask(what: string, owner: string): (reply: Answered) => void {
    const askedAt = this.#now;
    return (reply) => {
      const answer = typeof reply === 'string' ? reply : reply.outcome;
      const version = typeof reply === 'string' ? undefined : reply.version;
      this.#steps.push({
        atMs: this.#now,
        what,
        owner,
        answer,
        ...(version && { version: formatVersion(version) }),
        tookMs: rounded(this.#now - askedAt),
      });
    };
  }

  get steps(): readonly RequestStep[] {
    return this.#steps;
  }

  summary(fields: Pick<Explained, 'epoch' | 'level'>): Explained {
    return { ...fields, tookMs: this.#now, steps: this.#steps };
  }

  get #now(): number {
    return rounded(this.#clock.monotonic() - this.#startedAt);
  }
}

type Answered = string | { readonly outcome: string; readonly version?: Version | undefined };

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
