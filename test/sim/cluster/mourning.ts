/** Which machine may stay dead for ever while the others are asked to serve everything. */

import type { NodeId } from '../../../src/core/data/version.js';
import { ownersOf, votersOf } from '../../../src/core/ring/ring.js';
import type { Scene } from '../checkers/checker.js';
import { epochOn } from '../faults/owners.js';
import { hasRotten } from '../faults/rot.js';
import type { Machine } from './machine.js';

/**
 * A member of a ring at rest, without which every partition has its quorums and the ring its
 * majority of voters; nobody if a change of owners is under way or outstanding, or if not all know
 * of its end, because a change that waits for the dead waits for ever; or if a copy has rotted,
 * because then another owner is missing already.
 */
export function chooseDead({ cluster, options, world }: Scene): Machine | undefined {
  const { ring } = cluster;
  if (!options.leavesOneDead || !ring || ring.transition) return undefined;
  const members = ring.members.map(({ id }) => id);
  const present = cluster.machines.filter(({ isAway }) => !isAway);
  const isComplete = present.every(
    ({ nodeId, isLeaving, isOutdated }) =>
      nodeId && members.includes(nodeId) && !isLeaving && !isOutdated,
  );
  if (present.some(({ disk }) => epochOn(disk) !== ring.epoch)) return undefined;
  if (cluster.lostMembers.length > 0) return undefined;
  if (!isComplete || cluster.machines.some(({ disk }) => hasRotten(disk))) return undefined;

  const survives = (group: readonly NodeId[], dead: NodeId, needed: number) =>
    group.filter((node) => node !== dead).length >= Math.min(needed, group.length);
  const isDispensable = (dead: NodeId) => {
    const needed = Math.max(options.writeQuorum, options.readQuorum);
    for (let partition = 0; partition < ring.layout.length; partition++) {
      if (!survives(ownersOf(ring, partition).present, dead, needed)) return false;
    }
    const voters = votersOf(ring);
    return survives(voters, dead, Math.floor(voters.length / 2) + 1);
  };
  const candidates = present.filter(({ nodeId }) => isDispensable(nodeId!));
  return candidates.length > 0 ? world.stream('mourning').pick(candidates) : undefined;
}
