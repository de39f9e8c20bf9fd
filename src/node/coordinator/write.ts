/** Carries out plain writes: the particulars of `actors/coordinator/write.ts`. */
import { WriteOperation, type WriteStep } from '../../../actors/coordinator/write.js';
import { encodeRecord } from '../../core/data/record.js';
import type { Failure, WriteRequest, Written } from '../../core/requests.js';
import { unreachable, writeFailure } from './answers.js';
import { type Attempt, recordOf } from './attempt.js';
import { Driver } from './driver.js';
import { Misses } from './misses.js';

export function runWrite(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
): void {
  new WriteDriver(request, attempt, done).begin();
}

class WriteDriver extends Driver<WriteStep, Written> {
  protected override readonly operation = new WriteOperation();
  protected override readonly misses: Misses;
  readonly #request: WriteRequest;

  constructor(request: WriteRequest, attempt: Attempt, done: (outcome: Written | Failure) => void) {
    super(request.key, attempt, done);
    this.#request = request;
    this.misses = new Misses(attempt);
  }

  override begin(): void {
    const { key, level } = this.#request;
    const groups = this.attempt.ports.selection.groups(this.useRing(), key, level, 'write');
    if (!Array.isArray(groups)) return this.end(unreachable(groups, this.operation.applied));
    this.operation.begin(groups);
    this.#stamp();
  }

  #stamp(): void {
    this.stamp('plain', (version) => {
      this.operation.stamped(version);
      const record = encodeRecord({ ...recordOf(this.#request), version });
      this.store(this.operation, this.operation.owners, record);
    });
  }

  protected override follow(step: WriteStep): void {
    const { attempt, operation, epoch } = this;
    switch (step.next) {
      case 'wait':
        return;
      case 'restamp':
        attempt.ports.counts.restamps++;
        attempt.explanation?.note('stamped again, above what an owner holds');
        if (this.observe(step.above)) this.#stamp();
        return;
      case 'applied': {
        this.misses.acknowledged();
        const reached = String(this.#request.level);
        return this.end({ ok: true, version: operation.version, epoch, reached });
      }
      case 'failed':
        return this.end(writeFailure(step));
    }
  }
}
