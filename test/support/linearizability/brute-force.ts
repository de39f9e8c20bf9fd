/**
 * The definition of linearizability, tried out literally: some choice of the uncertain operations,
 * together with all the certain ones, in some order that keeps to real time, is what a register
 * would do. The oracle for the checker; exponential, and with nothing in common with it.
 */
import { apply, IMPOSSIBLE, type Operation, type State } from './register.js';

export function isLinearizableByDefinition(operations: readonly Operation[]): boolean {
  return subsetsOf(operations).some((subset) => hasOrder(subset, undefined));
}

/** All that have the certain operations in them. */
function subsetsOf(operations: readonly Operation[]): Operation[][] {
  return operations.reduce<Operation[][]>(
    (subsets, operation) => [
      ...subsets.map((subset) => [...subset, operation]),
      ...(operation.outcome === 'ok' ? [] : subsets),
    ],
    [[]],
  );
}

function hasOrder(operations: readonly Operation[], state: State): boolean {
  if (operations.length === 0) return true;
  return operations.some((first) => {
    const others = operations.filter((other) => other !== first);
    if (others.some((other) => other.complete < first.invoke)) return false;
    const after = apply(first, state);
    return after !== IMPOSSIBLE && hasOrder(others, after);
  });
}
