/** Carries out a read by quorum: the particulars of `actors/coordinator/read.ts`. */
import { ReadOperation } from '../../../actors/coordinator/read.js';
import type { ReadStep } from '../../../actors/coordinator/read-steps.js';
import { decodeRecord, type EncodedRecord } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { visible } from '../../core/data/visible.js';
import type { Failure, Found, ReadRequest } from '../../core/requests.js';
import { ownersOfKey } from '../../core/ring/key-owners.js';
import { blockingOf } from '../../core/ring/quorum.js';
import { readFailure } from './answers.js';
import type { Attempt } from './attempt.js';
import { runConditional } from './conditional.js';
import { Driver } from './driver.js';

export function runRead(
  request: ReadRequest,
  attempt: Attempt,
  done: (outcome: Found | Failure) => void,
): void {
  new ReadDriver(request, attempt, done).begin();
}

class ReadDriver extends Driver<ReadStep, Found> {
  protected override readonly operation = new ReadOperation();
  readonly #request: ReadRequest;

  constructor(request: ReadRequest, attempt: Attempt, done: (outcome: Found | Failure) => void) {
    super(request.key, attempt, done);
    this.#request = request;
  }

  override begin(): void {
    const { key, level } = this.#request;
    const { selection } = this.attempt.ports;
    const ring = this.useRing();
    const groups = selection.groups(ring, key, level, 'read');
    if (!Array.isArray(groups)) {
      const { applied: _, ...refusal } = groups;
      return this.end(refusal);
    }
    const blocking = blockingOf(ownersOfKey(ring, key).present);
    const owners = this.operation.begin(groups, selection.preferred(groups), blocking);
    this.look(this.operation, owners, owners[0]);
  }

  protected override follow(step: ReadStep): void {
    const { attempt, operation, epoch, key } = this;
    switch (step.next) {
      case 'wait':
        return;
      case 'ask':
        return this.look(operation, step.owners, step.withValue ? step.owners[0] : undefined);
      case 'writeBack':
        return this.#writeBack(step.owners, step.record);
      case 'found': {
        if ('lackedBy' in step) this.#writeBack(step.lackedBy, step.record);
        const record = step.record && decodeRecord(step.record);
        // Few values expire; for the others nobody asks what time it is.
        const seen = visible(record, record?.expiresAt ? attempt.ports.wallMs() : 0);
        return this.end({ ...seen, ok: true, epoch, reached: String(this.#request.level) });
      }
      case 'round':
        return runConditional({ key }, attempt, (outcome) => this.end(outcome));
      case 'failed':
        return this.end(readFailure(step));
    }
  }

  #writeBack(owners: readonly NodeId[], record: EncodedRecord): void {
    this.attempt.ports.counts.repairs++;
    this.attempt.explanation?.note('owners differ: the newest is written back');
    this.store(this.operation, owners, record);
  }

  /** So it is known who is quick; rounds do not tell it, as they ask everybody. */
  protected override answered(owner: NodeId, tookMs: number): void {
    this.attempt.ports.selection.note(owner, tookMs);
  }

  protected override slow(owner: NodeId, withValue: boolean): void {
    const other = this.operation.hedge(withValue);
    if (other === undefined) return this.follow(this.operation.hurry());
    this.attempt.ports.counts.hedges++;
    this.attempt.explanation?.note('an answer is late: one more is asked', { owner });
    this.look(this.operation, [other], withValue ? other : undefined);
  }
}
