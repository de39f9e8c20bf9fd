/** Records to store, where it matters little what is in them. */
import {
  type DataRecord,
  type EncodedRecord,
  encodeRecord,
} from '../../../src/core/data/record.js';
import type { Version } from '../../../src/core/data/version.js';

export const PARTITIONS = 16;

export function version(time: number): Version {
  return { epoch: 1, time, node: '00000000000000a1' };
}

export function record(key: string | Buffer, fields: Partial<DataRecord> = {}): EncodedRecord {
  return encodeRecord({
    key: Buffer.from(key as string),
    version: version(1),
    tombstone: false,
    expiresAt: 0,
    contentType: 'text/plain',
    value: Buffer.from(`value of ${key}`),
    ...fields,
  });
}

/** Changes one bit of a record, so that its checksum no longer fits. */
export function damaged(bytes: EncodedRecord): EncodedRecord {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}
