/**
 * The ring by which an operator goes on without members that are gone for good, and with them
 * perhaps the majority that could have agreed.
 */

import { present } from '../../src/core/assert.js';
import type { NodeId } from '../../src/core/data/version.js';
import { nextLayout } from '../../src/core/ring/layout.js';
import { allMembers, ownersOf, type Ring, stableRing } from '../../src/core/ring/ring.js';

/** So far ahead in numbers that no ring of a lost majority can catch up. */
const FORCED_EPOCHS = 1_000_000;

/**
 * The owners that are left own what they hold, alone until others have fetched it; a partition of
 * which no owner is left begins empty. Throws `RangeError` if nobody is left.
 *
 * It is decided by nobody: `salt`, 0 to 1, keeps two of them apart that are made at the same time
 * in different places; the higher number wins.
 */
export function forcedRing(ring: Ring, lost: ReadonlySet<NodeId>, salt: number): Ring {
  const members = allMembers(ring).filter(({ id }) => !lost.has(id));
  if (members.length === 0) throw new RangeError('nobody would be left');
  const wanted = nextLayout(ring, members);
  const indexOf = new Map(members.map(({ id }, index) => [id, index]));
  const layout = ring.layout.map((_, partition) => {
    const left = ownersOf(ring, partition).present.flatMap((id) => indexOf.get(id) ?? []);
    return left.length > 0
      ? left
      : present(wanted[partition], 'the owners that a partition is to have');
  });
  const epoch = ring.epoch + FORCED_EPOCHS + Math.floor(salt * FORCED_EPOCHS);
  const base: Ring = { ...stableRing(ring, { members, layout }), epoch, forced: true };
  const isWanted = JSON.stringify(layout) === JSON.stringify(wanted);
  return isWanted ? base : { ...base, transition: { members, layout: wanted } };
}
