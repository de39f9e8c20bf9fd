/**
 * A bound below which no layout can go, from the shares alone: what a plan is measured against.
 *
 * An owner stays only where its member stays, only as many as a partition has, and only as far as
 * the member's share goes; everything else moves. And what a member lacks of its share moves.
 */
import { present } from '../assert.js';
import { shareBounds, zonesOf } from './fair-share.js';
import type { Member, Placement } from './ring.js';

/** In partitions fetched, over all members. */
export function fewestMoves(
  { members, layout }: Placement,
  wanted: readonly Member[],
  replicas: number,
): number {
  const perPartition = Math.min(replicas, wanted.length);
  const bounds = shareBounds(wanted, zonesOf(wanted, perPartition), layout.length, perPartition);
  const indexById = new Map(wanted.map(({ id }, index) => [id, index]));
  const owned = wanted.map(() => 0);
  let keepable = 0;
  for (const owners of layout) {
    const staying = owners
      .map((owner) => indexById.get(present(members[owner], 'each owner as a member').id))
      .filter((index) => index !== undefined);
    for (const index of staying) owned[index]!++;
    keepable += Math.min(staying.length, perPartition);
  }
  const sum = (of: (owned: number, bound: { least: number; most: number }) => number) =>
    bounds.reduce((total, bound, index) => total + of(owned[index]!, bound), 0);
  const all = layout.length * perPartition;
  return Math.max(
    all - keepable,
    all - sum((count, { most }) => Math.min(count, most)),
    sum((count, { least }) => Math.max(least - count, 0)),
  );
}
