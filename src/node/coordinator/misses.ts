/** The owners that did not take a write, which get it later if it was acknowledged. */
import { present } from '../../core/assert.js';
import type { EncodedRecord } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import type { CallFailure, ReplyTo } from '../rpc/calls.js';
import type { Attempt } from './attempt.js';

export class Misses {
  readonly #attempt: Attempt;
  #record: EncodedRecord | undefined;
  #owners: NodeId[] = [];
  #isAcknowledged = false;

  constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  /** From now on it is about this record. */
  begin(record: EncodedRecord): void {
    this.#record = record;
    this.#owners = [];
  }

  /** What an owner said to the record. */
  note(owner: NodeId, record: EncodedRecord, reply: ReplyTo<'replica.write'> | CallFailure): void {
    if (record !== this.#record || !isMiss(reply)) return;
    if (this.#isAcknowledged) this.#attempt.ports.missed(owner, record);
    else this.#owners.push(owner);
  }

  acknowledged(): void {
    this.#isAcknowledged = true;
    const record = present(this.#record, 'what was acknowledged');
    for (const owner of this.#owners) this.#attempt.ports.missed(owner, record);
  }
}

/** Whether a hint would be of use to the owner. */
function isMiss(reply: ReplyTo<'replica.write'> | CallFailure): boolean {
  return typeof reply === 'string' || !NO_MISSES.has(reply.outcome);
}

/** It has the record or something newer, or it is no owner any more. */
const NO_MISSES: ReadonlySet<string> = new Set(['ok', 'superseded', 'promised', 'fenced']);
