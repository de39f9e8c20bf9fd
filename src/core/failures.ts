/** Failures that several parts of a node tell in the same words. */
import type { Failure, FailureCode } from './requests.js';

/** `detail` is one sentence for a person. */
export function failure(code: FailureCode, detail: string, applied: 'no' | 'unknown'): Failure {
  return { ok: false, code, detail, applied };
}
