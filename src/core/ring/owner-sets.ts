/**
 * The partitions of a ring by who owns them. There are far fewer sets of owners than partitions (of
 * three nodes there is one), and whoever asks about all partitions asks each owner once.
 */
import { type Owners, ownersOf, type Ring } from './ring.js';

/** Partitions that have the same owners, present and coming. */
export interface OwnerSet {
  readonly owners: Owners;
  readonly partitions: readonly number[];
}

export interface OwnerSets {
  readonly sets: readonly OwnerSet[];
  /** Of each partition the place of its set in `sets`. */
  readonly placeOf: readonly number[];
}

/** Rings do not change, and all pages of a listing ask for the same one. */
const known = new WeakMap<Ring, OwnerSets>();

export function ownerSetsOf(ring: Ring): OwnerSets {
  const before = known.get(ring);
  if (before) return before;
  const places = new Map<string, number>();
  const sets: { owners: Owners; partitions: number[] }[] = [];
  const placeOf = ring.layout.map((_, partition) => {
    const owners = ownersOf(ring, partition);
    const name = [owners.present, owners.coming ?? []].map((ids) => [...ids].sort()).join('|');
    const place = places.get(name) ?? sets.length;
    places.set(name, place);
    const set = sets[place];
    if (set) set.partitions.push(partition);
    else sets.push({ owners, partitions: [partition] });
    return place;
  });
  const found = { sets, placeOf };
  known.set(ring, found);
  return found;
}
