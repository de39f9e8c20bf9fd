/**
 * No tree is said to be wrong without a reason: each is kept in step with its rows, by the code of
 * production, and parts with them where a bit flips in a version that stands beside its record.
 * Else whoever says so has taken what was written meanwhile for a mistake.
 */
import type { Check } from '../checker.js';

export const treesAreOfTheirRows: Check = (_, violated) => ({
  invariant: 'trees are those of their rows',
  fact({ name, disk }, fact) {
    if (fact.type !== 'tree.mismatch') return;
    const { leaves, partition } = fact;
    if (leaves <= (disk.flippedVersions.get(partition) ?? 0)) return;
    violated(`${leaves} leaves of partition ${partition} are said to be wrong at ${name}`);
  },
});
