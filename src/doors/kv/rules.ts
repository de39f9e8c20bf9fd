/** What may be asked of a key, and what not together, whichever door it comes in by. */
import { createHash } from 'node:crypto';
import { OPERATION_BYTES } from '../../core/data/record.js';
import type { Level } from '../../core/requests.js';
import { Problem } from '../http/problem.js';

export const LEVELS = ['one', 'quorum', 'all', 'linearizable', 'any'] as const;
/** At which a write that was stored is found again. */
const LEVELS_OF_RETRIES: readonly Level[] = ['quorum', 'all', 'linearizable'];

export const MAX_TTL_SECONDS = 10 * 365 * 86_400;
export const MAX_TIMEOUT_MS = 60_000;

/** What a value has that came without. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

export function checkRead(level: Level): asserts level is Exclude<Level, 'any'> {
  if (level === 'any') throw new Problem('bad_request', 'consistency=any is for writes');
}

export function checkWrite(level: Level, isConditional: boolean, isNamed: boolean): void {
  if (isConditional && level !== 'quorum' && level !== 'linearizable') {
    const detail = 'a conditional write is linearizable: it takes no other consistency';
    throw new Problem('bad_request', detail);
  }
  if (isNamed && !LEVELS_OF_RETRIES.includes(level)) {
    const detail = `Idempotency-Key needs consistency ${LEVELS_OF_RETRIES.join(', ')}`;
    throw new Problem('bad_request', detail);
  }
}

/** By which a write is known again: what stands in `Idempotency-Key`, without quotes, hashed. */
export function hashedOperation(id: string): Uint8Array {
  return createHash('sha256').update(id).digest().subarray(0, OPERATION_BYTES);
}
