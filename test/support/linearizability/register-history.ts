/**
 * What clients did to registers over REST, as the checker of linearizability wants it.
 *
 * States are named by values, all of which differ. An ETag stands for a value, and for no other
 * ever; a value may get another ETag. So a write with `If-Match` that succeeds is a compare-and-set
 * from the value that came with the ETag; one that fails has seen the value that belongs to the
 * ETag in its answer. Whose value that is may come out later, or never: then nothing follows from
 * it.
 */
import { isCertainlyNotApplied } from '../load/clients.js';
import type { Reply } from '../load/seat.js';
import type { Operation, State } from './register.js';

export type Asked =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'cas'; readonly expected: State; readonly value: State };

/** When a request was sent and when its answer was there, in any unit. */
export interface Span {
  readonly key: string;
  readonly invoke: number;
  readonly complete: number;
}

export class RegisterHistory {
  unknowns = 0;
  readonly #valueOf = new Map<string, string>();
  readonly #operations: Operation[] = [];
  /** Conditions that failed, with the ETag that they met. */
  readonly #refused: { readonly etag: string; readonly operation: Failed }[] = [];

  /** All that is known by now, in no order. */
  get operations(): Operation[] {
    const resolved = this.#refused.flatMap(({ etag, operation }) => {
      const observed = this.#valueOf.get(etag);
      return observed === undefined ? [] : [{ ...operation, failed: { observed } }];
    });
    return [...this.#operations, ...resolved];
  }

  add(span: Span, asked: Asked, reply: Reply): void {
    if (asked.kind === 'read') this.#addRead(span, reply);
    else this.#addWrite(span, asked, reply);
  }

  #addRead(span: Span, reply: Reply): void {
    if (typeof reply === 'string' || (reply.status !== 200 && reply.status !== 404)) return;
    const observed = reply.status === 200 ? reply.text : undefined;
    if (observed !== undefined) this.#valueOf.set(reply.headers.etag!, observed);
    this.#operations.push({ ...span, outcome: 'ok', kind: 'read', observed });
  }

  #addWrite(span: Span, asked: Exclude<Asked, { kind: 'read' }>, reply: Reply): void {
    const answer = typeof reply === 'string' ? undefined : reply;
    if (answer?.status === 204) {
      if (asked.kind !== 'delete' && asked.value !== undefined) {
        this.#valueOf.set(answer.headers.etag!, asked.value);
      }
      this.#operations.push({ ...span, outcome: 'ok', ...asked });
    } else if (answer?.status === 412 && asked.kind === 'cas') {
      const operation = { ...span, outcome: 'ok', ...asked } as const;
      const { etag } = answer.headers;
      if (etag === undefined) {
        this.#operations.push({ ...operation, failed: { observed: undefined } });
      } else this.#refused.push({ etag, operation });
    } else if (!isCertainlyNotApplied(reply)) {
      this.unknowns++;
      const complete = Number.POSITIVE_INFINITY;
      this.#operations.push({ ...span, complete, outcome: 'unknown', ...asked });
    }
  }
}

type Failed = Extract<Operation, { kind: 'cas' }>;
