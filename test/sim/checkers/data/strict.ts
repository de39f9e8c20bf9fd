/**
 * Of which requests anything is promised beside that they are honest: a write that enough owners
 * have stored for reads to meet it, a read that asks enough of them. Numbers may be less than that;
 * `one` and `any` are.
 */
import type { Replication } from '../../../../src/core/ring/replication.js';
import type { Operation } from '../../load/history.js';

export function isStrict(
  { kind, level }: Pick<Operation, 'kind' | 'level'>,
  { readQuorum, writeQuorum }: Replication,
): boolean {
  if (level === 'one' || level === 'any') return false;
  return typeof level !== 'number' || level >= (kind === 'read' ? readQuorum : writeQuorum);
}
