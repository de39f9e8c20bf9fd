/** What owners of one key answer to a read, and a read that has begun with three of them. */
import { CORRUPT, type ReadAnswer, type WriteAnswer } from '../../../actors/coordinator/answers.js';
import { ReadOperation } from '../../../actors/coordinator/read.js';
import { encodeRecord } from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { blockingOf } from '../../../src/core/ring/quorum.js';

export const OWNERS = ['a', 'b', 'c'];
export const GROUPS = [{ owners: OWNERS, needed: 2 }];
export const BLOCKING = blockingOf(OWNERS);
export const STORED: WriteAnswer = { kind: 'stored' };
export const LOST: WriteAnswer = { kind: 'lost', reason: 'lost' };
export const at = (time: number) => ({ epoch: 1, time, node: '00000000000000aa' });
export const recordAt = (time: number) =>
  encodeRecord({
    key: Buffer.from('k'),
    version: at(time),
    tombstone: false,
    expiresAt: 0,
    contentType: '',
    value: Buffer.from(`value ${time}`),
  });
export const ABSENT: ReadAnswer = { kind: 'holds', version: NO_VERSION };
export const FAILED: ReadAnswer = { kind: 'failed', reason: 'lost' };
export const DAMAGED: ReadAnswer = { kind: 'failed', reason: CORRUPT };
export const version = (time: number): ReadAnswer => ({ kind: 'holds', version: at(time) });
export const value = (time: number): ReadAnswer => ({
  kind: 'holds',
  version: at(time),
  record: recordAt(time),
});

export function begun(needed = 2): ReadOperation {
  const operation = new ReadOperation();
  operation.begin([{ owners: OWNERS, needed }], OWNERS, BLOCKING);
  return operation;
}
