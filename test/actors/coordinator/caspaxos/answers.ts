/** What scripted owners answer to a conditional operation on one key. */
import type {
  PromiseAnswer,
  ReadAnswer,
  WriteAnswer,
} from '../../../../actors/coordinator/answers.js';
import type { ConditionalChange, Register } from '../../../../actors/coordinator/caspaxos/steps.js';
import { type DataRecord, encodeRecord } from '../../../../src/core/data/record.js';
import { NO_VERSION, type Version } from '../../../../src/core/data/version.js';
import type { Condition } from '../../../../src/core/requests.js';
import { majorityOf } from '../../../../src/core/ring/quorum.js';

const NODE = '00000000000000aa';
export const WALL_MS = 1_000_000;
export const at = (time: number, epoch = 1): Version => ({ epoch, time, node: NODE });
/** A register whose writes are done when a majority has stored them. */
export function registerOf(...sets: string[][]): Register {
  const groups = sets.map(majorityOf);
  return { groups, storing: groups, ownersSince: 1 };
}

export const REGISTER = registerOf(['a', 'b', 'c']);

export function recordOf(version: Version, also: Partial<DataRecord> = {}): Buffer {
  const value = Buffer.from(`value ${version.time}`);
  const key = Buffer.from('k');
  return encodeRecord({
    key,
    tombstone: false,
    expiresAt: 0,
    contentType: '',
    value,
    version,
    ...also,
  });
}

export const ABSENT: PromiseAnswer = { kind: 'promised', version: NO_VERSION };
export const STORED: WriteAnswer = { kind: 'stored' };
export const LOST: WriteAnswer = { kind: 'lost', reason: 'timeout' };
export const UNREACHABLE = { kind: 'refused', reason: 'unreachable' } as const;
export const FAILED = { kind: 'failed', reason: 'timeout' } as const;
export const superseded = (version: Version) => ({ kind: 'superseded', version }) as const;

export function holding(version: Version, also: Partial<DataRecord> = {}): PromiseAnswer {
  return { kind: 'promised', version, record: recordOf(version, also) };
}

export function version(version: Version): ReadAnswer {
  return { kind: 'holds', version };
}

export function value(version: Version, also: Partial<DataRecord> = {}): ReadAnswer {
  return { kind: 'holds', version, record: recordOf(version, also) };
}

function put(condition: Condition): ConditionalChange {
  const value = Buffer.from('new');
  const record = {
    key: Buffer.from('k'),
    tombstone: false,
    expiresAt: 0,
    contentType: 'x/y',
    value,
  };
  return { condition, record };
}

export const ALWAYS = put({ kind: 'always' });
export const IF_ABSENT = put({ kind: 'absent' });
export const ifMatch = (version: Version) => put({ kind: 'matches', versions: [version] });
