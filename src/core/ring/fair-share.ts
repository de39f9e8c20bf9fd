/**
 * How many owners a partition has in each zone, and how many partitions each member should own.
 *
 * Intuition: shares are water. All members fill to a common level, each as wide as its weight, up
 * to the brim (nobody owns a partition twice). A zone is a basin around its members: where it has
 * to hold more than the common level gives, or may only hold less, it has a level of its own.
 *
 * Algorithm: what a level gives grows with the level, so the level that gives what is wanted is
 * found by bisection, first for the bounds of each zone, then for all together. (Weighted max-min
 * fairness: Bertsekas and Gallager, "Data Networks", 1992, §6.5.2.)
 *
 * Rejected alternative: dealing whole partitions one by one to whoever is furthest behind. It says
 * how many, but not who may have one more or one less, and that freedom is what saves moves.
 */
import type { Member } from './ring.js';

export interface Zone {
  /** Indexes into the members. */
  readonly members: readonly number[];
  /** Owners that every partition has in this zone, at least and at most; they differ by 0 or 1. */
  readonly least: number;
  readonly most: number;
}

/**
 * The zones, and the most even way to spread `replicas` owners over them: owners are dealt out in
 * rounds, one to each zone that has a member left, and the last round need not reach all zones.
 */
export function zonesOf(members: readonly Member[], replicas: number): Zone[] {
  const byName = new Map<string, number[]>();
  for (const [index, { zone }] of members.entries()) {
    const inZone = byName.get(zone);
    if (inZone) inZone.push(index);
    else byName.set(zone, [index]);
  }
  const zones = [...byName.values()];
  const dealt = (rounds: number) => sum(zones.map((zone) => Math.min(zone.length, rounds)));
  let rounds = 0;
  while (rounds < replicas && dealt(rounds + 1) <= replicas) rounds++;
  return zones.map((zone) => ({
    members: zone,
    least: Math.min(zone.length, rounds),
    most: Math.min(zone.length, rounds + 1),
  }));
}

/**
 * What each member should own of `partitions` partitions with `replicas` owners each: its share
 * rounded down, and rounded up.
 */
export function shareBounds(
  members: readonly Member[],
  zones: readonly Zone[],
  partitions: number,
  replicas: number,
): { least: number; most: number }[] {
  // A share is a fraction whose denominator is a sum of weights, at most a million: if it is not
  // whole, it is 1e-6 or more away from that, and rounding errors stay far below 1e-7.
  return fairShares(members, zones, replicas).map((share) => ({
    least: Math.floor(share * partitions + 1e-7),
    most: Math.ceil(share * partitions - 1e-7),
  }));
}

/** What part of all partitions each member should own, from 0 to 1; in sum `replicas`. */
function fairShares(
  members: readonly Member[],
  zones: readonly Zone[],
  replicas: number,
): number[] {
  const shareAt = (level: number, member: number) => Math.min(1, members[member]!.weight * level);
  const zoneAt = (level: number, zone: Zone) =>
    sum(zone.members.map((member) => shareAt(level, member)));
  const basins = zones.map((zone) => {
    const lowest = levelWhere((level) => zoneAt(level, zone) >= zone.least);
    const highest = levelWhere((level) => zoneAt(level, zone) >= zone.most);
    return { zone, within: (level: number) => Math.min(Math.max(level, lowest), highest) };
  });
  const common = levelWhere(
    (level) => sum(basins.map(({ zone, within }) => zoneAt(within(level), zone))) >= replicas,
  );
  const shares = new Array<number>(members.length);
  for (const { zone, within } of basins) {
    for (const member of zone.members) shares[member] = shareAt(within(common), member);
  }
  return shares;
}

/** The lowest level that is enough. At level 1 everyone is full, as weights are 1 or more. */
function levelWhere(isEnough: (level: number) => boolean): number {
  let low = 0;
  let high = 1;
  for (let halvings = 0; halvings < 64; halvings++) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
