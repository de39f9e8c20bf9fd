/** What a change of owners costs, counted from its outcome. */
import type { NodeId } from '../../../src/core/data/version.js';
import { ownersIn, type Placement } from '../../../src/core/ring/ring.js';

/** For each member of `next`, how many partitions it owns there and has to fetch. */
export function countMoves(previous: Placement, next: Placement): Map<NodeId, number> {
  const moves = new Map(next.members.map((member) => [member.id, 0]));
  for (let partition = 0; partition < next.layout.length; partition++) {
    const before = ownersIn(previous.members, previous.layout, partition);
    for (const owner of ownersIn(next.members, next.layout, partition)) {
      if (!before.includes(owner)) moves.set(owner, moves.get(owner)! + 1);
    }
  }
  return moves;
}
