/**
 * The ring as a picture of it is drawn: on each circle, one for each place in the lists of owners,
 * arcs of neighbouring partitions that look alike.
 *
 * While owners change, whoever comes stands on the circle of the one that goes, so that an arc
 * shows both; where there will be more copies than now, it stands on a circle that was empty.
 */
import type { NodeId } from '../../../core/data/version.js';
import type { Reach } from '../../../core/ring/availability.js';
import { neededOf } from '../../../core/ring/quorum.js';
import { type Owners, ownersOf, type Ring } from '../../../core/ring/ring.js';
import type { NodeView } from '../../../events/view.js';

/** Partitions from `from` up to, and without, `to`. */
interface Run {
  readonly from: number;
  readonly to: number;
}

export interface Arc extends Run {
  /** 0 is that of the first owners. */
  readonly circle: number;
  /** Undefined where a copy is only coming. */
  readonly owner: NodeId | undefined;
  readonly isAway: boolean;
  /** Who fetches these partitions, to own them instead. */
  readonly coming: NodeId | undefined;
}

export interface RingPicture {
  readonly partitions: number;
  readonly circles: number;
  readonly arcs: readonly Arc[];
  /** Those that lack a quorum, for writing or for reading. */
  readonly short: readonly Run[];
}

export function ringPicture(ring: Ring, reach: Reach): RingPicture {
  const partitions = ring.layout.length;
  const circles = circlesOf(ring);
  const arcs: Arc[] = [];
  const short: Run[] = [];
  const last: (Arc | undefined)[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const owners = ownersOf(ring, partition);
    const places = placesOf(owners);
    for (let circle = 0; circle < circles; circle++) {
      const { owner, coming } = places[circle] ?? {};
      if (owner === undefined && coming === undefined) {
        last[circle] = undefined;
        continue;
      }
      const before = last[circle];
      if (before && before.owner === owner && before.coming === coming) {
        (before as { to: number }).to++;
        continue;
      }
      const isAway = owner !== undefined && !reach.isReachable(owner);
      const arc = { from: partition, to: partition + 1, circle, owner, isAway, coming };
      last[circle] = arc;
      arcs.push(arc);
    }
    if (!lacksQuorum(ring, owners, reach)) continue;
    const before = short.at(-1);
    if (before?.to === partition) (before as { to: number }).to++;
    else short.push({ from: partition, to: partition + 1 });
  }
  return { partitions, circles, arcs, short };
}

/** As many as copies are wanted, or are there. */
function circlesOf({ replicas, layout, transition }: Ring): number {
  return [...layout, ...(transition?.layout ?? [])].reduce(
    (most, owners) => Math.max(most, owners.length),
    replicas,
  );
}

function placesOf({ present, coming }: Owners): { owner?: NodeId; coming?: NodeId }[] {
  const places: { owner?: NodeId; coming?: NodeId }[] = present.map((owner) => ({ owner }));
  if (!coming) return places;
  const gained = coming.filter((owner) => !present.includes(owner));
  for (const place of places) {
    if (gained.length === 0) break;
    if (!coming.includes(place.owner!)) place.coming = gained.shift()!;
  }
  return [...places, ...gained.map((owner) => ({ coming: owner }))];
}

/** Whether it cannot be written, or not be read, at level quorum. */
function lacksQuorum(ring: Ring, { present, coming }: Owners, reach: Reach): boolean {
  return [present, coming ?? present].some((owners) => {
    const reached = owners.filter((owner) => reach.isReachable(owner));
    const storing = reached.filter((owner) => reach.hasRoom(owner));
    return (
      storing.length < neededOf(owners.length, ring.writeQuorum) ||
      reached.length < neededOf(owners.length, ring.readQuorum)
    );
  });
}

export interface PartitionOwner {
  readonly id: NodeId;
  readonly isAway: boolean;
}

export interface PartitionWords {
  readonly owners: readonly PartitionOwner[];
  /** Those that fetch it. */
  readonly coming: readonly PartitionOwner[];
  readonly lacksQuorum: boolean;
}

/** What is said of one partition. */
export function partitionWords(ring: Ring, partition: number, reach: Reach): PartitionWords {
  const owners = ownersOf(ring, partition);
  const worded = (id: NodeId) => ({ id, isAway: !reach.isReachable(id) });
  const gained = (owners.coming ?? []).filter((id) => !owners.present.includes(id));
  return {
    owners: owners.present.map(worded),
    coming: gained.map(worded),
    lacksQuorum: lacksQuorum(ring, owners, reach),
  };
}

/** The share, from 0 to 1, of what a node gains in this ring that it has fetched. */
export function shareFetched(node: NodeView | undefined, ring: Ring): number {
  if (node?.ring?.epoch !== ring.epoch) return 0;
  const { transfer } = node;
  // It has told that all has come, or has not begun to tell.
  if (!transfer) return 1;
  return transfer.total === 0 ? 1 : transfer.done / transfer.total;
}

/** Which partition and circle lie at a point; undefined beside the ring. */
export function partitionAt(
  { x, y }: { readonly x: number; readonly y: number },
  { centre, inner, outer }: { centre: number; inner: number; outer: number },
  partitions: number,
): number | undefined {
  const [dx, dy] = [x - centre, y - centre];
  const distance = Math.hypot(dx, dy);
  if (distance < inner || distance > outer) return undefined;
  // From the top, clockwise.
  const turns = (Math.atan2(dx, -dy) / (2 * Math.PI) + 1) % 1;
  return Math.min(partitions - 1, Math.floor(turns * partitions));
}
