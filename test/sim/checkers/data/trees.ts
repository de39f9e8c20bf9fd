/**
 * No tree is said to be wrong: the simulated store works out each of them from its rows, so whoever
 * says so has taken what was written meanwhile for a mistake.
 */
import type { Check } from '../checker.js';

export const treesAreOfTheirRows: Check = (_, violated) => ({
  invariant: 'trees are those of their rows',
  fact({ name }, fact) {
    if (fact.type !== 'tree.mismatch') return;
    violated(
      `${fact.leaves} leaves of partition ${fact.partition} are said to be wrong at ${name}`,
    );
  },
});
