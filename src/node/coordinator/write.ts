/** Carries out plain writes: the particulars of `actors/coordinator/write.ts`. */
import { WriteOperation, type WriteStep } from '../../../actors/coordinator/write.js';
import { type DataRecord, encodeRecord, originOf } from '../../core/data/record.js';
import { compareVersions, type Version } from '../../core/data/version.js';
import type { Failure, WriteRequest, Written } from '../../core/requests.js';
import { unreachable, writeFailure } from './answers.js';
import { type Attempt, recordOf } from './attempt.js';
import { Driver } from './driver.js';
import { Misses } from './misses.js';

/**
 * `earlier`: what an earlier try of the same write has left. It goes out first, as it is, and is
 * acknowledged when enough owners hold it; it is stamped anew only if something is in its way.
 */
export function runWrite(
  request: WriteRequest,
  attempt: Attempt,
  done: (outcome: Written | Failure) => void,
  earlier?: DataRecord,
): void {
  new WriteDriver(request, attempt, done, earlier).begin();
}

class WriteDriver extends Driver<WriteStep, Written> {
  protected override readonly operation = new WriteOperation();
  protected override readonly misses: Misses;
  readonly #request: WriteRequest;
  readonly #earlier: DataRecord | undefined;

  constructor(
    request: WriteRequest,
    attempt: Attempt,
    done: (outcome: Written | Failure) => void,
    earlier: DataRecord | undefined,
  ) {
    super(request.key, attempt, done);
    this.#request = request;
    this.#earlier = earlier;
    this.misses = new Misses(attempt);
  }

  override begin(): void {
    const { key, level } = this.#request;
    const groups = this.attempt.ports.selection.groups(this.useRing(), key, level, 'write');
    if (!Array.isArray(groups)) return this.end(unreachable(groups, this.operation.applied));
    this.operation.begin(groups);
    if (this.#earlier && this.operation.round === 0) this.#send(this.#earlier);
    else this.#stamp();
  }

  #stamp(): void {
    this.stamp('plain', (version) => {
      this.#send({ ...recordOf(this.#request), version });
    });
  }

  #send(record: DataRecord): void {
    this.operation.stamped(record.version);
    this.store(this.operation, this.operation.owners, encodeRecord(record));
  }

  /** What stands for the value that was acknowledged, in ETags. */
  get #version(): Version {
    const { version } = this.operation;
    const earlier = this.#earlier;
    return earlier && compareVersions(version, earlier.version) === 0 ? originOf(earlier) : version;
  }

  protected override follow(step: WriteStep): void {
    const { attempt, epoch } = this;
    switch (step.next) {
      case 'wait':
        return;
      case 'restamp':
        attempt.ports.counts.restamps++;
        attempt.explanation?.note('stamped again, above what an owner holds');
        if (this.observe(step)) this.#stamp();
        return;
      case 'applied': {
        this.misses.acknowledged();
        const reached = String(this.#request.level);
        return this.end({ ok: true, version: this.#version, epoch, reached });
      }
      case 'failed':
        return this.end(writeFailure(step));
    }
  }
}
