/**
 * What a layout should be, found out in ways that know nothing of how layouts are computed: shares
 * by pouring drops, the fewest moves by counting for equal members, and by trying all layouts for a
 * few of any kind.
 */
import type { NodeId } from '../../../src/core/data/version.js';
import { type Member, ownersIn, type Placement } from '../../../src/core/ring/ring.js';

export function ownedCounts({ members, layout }: Placement): number[] {
  return members.map((_, member) => layout.filter((owners) => owners.includes(member)).length);
}

export function total(numbers: Iterable<number>): number {
  return [...numbers].reduce((sum, number) => sum + number, 0);
}

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

/** What is wrong with the owners of one partition by the rules 1 and 2, if anything. */
export function ownersProblem(
  members: readonly Member[],
  owners: readonly number[],
  replicas: number,
) {
  if (owners.length !== Math.min(replicas, members.length)) return 'not as many as there can be';
  if (new Set(owners).size !== owners.length) return 'one stands twice';
  if (owners.some((owner) => members[owner] === undefined)) return 'one is no member';
  const zones = [...new Set(members.map(({ zone }) => zone))].map((zone) => ({
    size: members.filter((member) => member.zone === zone).length,
    used: owners.filter((owner) => members[owner]!.zone === zone).length,
  }));
  const isUneven = zones.some((many) =>
    zones.some((few) => few.used < few.size && many.used > few.used + 1),
  );
  if (isUneven) return 'one zone has two more than another that could have more';
  const distinct = zones.filter(({ used }) => used > 0).length;
  return distinct === Math.min(owners.length, zones.length) ? undefined : 'too few zones';
}

export const DROPS_PER_OWNER = 4000;

/**
 * What part of the partitions each member should own, to about one in 4,000: each owner of a
 * partition is 4,000 drops, and each drop goes where its middle is lowest for the member's weight,
 * among those that rules 1 and 2 allow.
 */
export function pouredShares(members: readonly Member[], replicas: number): number[] {
  const zoneNames = [...new Set(members.map(({ zone }) => zone))];
  const zoneSizes = zoneNames.map((name) => members.filter(({ zone }) => zone === name).length);
  // How many owners each zone is sure to have: whole rounds, one to each zone with the fewest.
  const sure = zoneSizes.map(() => 0);
  const open = () => sure.map((_, z) => z).filter((z) => sure[z]! < zoneSizes[z]!);
  let left = Math.min(replicas, members.length);
  for (;;) {
    const least = Math.min(...open().map((z) => sure[z]!));
    const round = open().filter((z) => sure[z] === least);
    if (round.length === 0 || round.length > left) break;
    for (const z of round) sure[z]!++;
    left -= round.length;
  }
  const drops = members.map(() => 0);
  const inZone = zoneSizes.map(() => 0);
  const zoneOf = members.map(({ zone }) => zoneNames.indexOf(zone));
  const heightAt = (member: number) => (drops[member]! + 0.5) / members[member]!.weight;
  const pour = (count: number, allowed: (member: number) => boolean) => {
    for (let drop = 0; drop < count; drop++) {
      let lowest = -1;
      for (let member = 0; member < members.length; member++) {
        if (drops[member]! >= DROPS_PER_OWNER || !allowed(member)) continue;
        if (lowest < 0 || heightAt(member) < heightAt(lowest)) lowest = member;
      }
      drops[lowest]!++;
      inZone[zoneOf[lowest]!]!++;
    }
  };
  for (const [z, owners] of sure.entries()) {
    pour(owners * DROPS_PER_OWNER, (member) => zoneOf[member] === z);
  }
  const mayTake = (z: number) => inZone[z]! < (sure[z]! + 1) * DROPS_PER_OWNER;
  pour(left * DROPS_PER_OWNER, (member) => mayTake(zoneOf[member]!));
  return drops.map((count) => count / DROPS_PER_OWNER);
}

/**
 * The moves that no layout of equal members in one zone can avoid: an owner stays only as far as
 * its member may still own that much, and a member that owns too little has to gain the rest.
 */
export function leastMoves(previous: Placement, next: Placement, replicas: number): number {
  const held = ownedCounts(previous);
  const heldById = new Map(previous.members.map((member, i) => [member.id, held[i]!]));
  const all = next.layout.length * Math.min(replicas, next.members.length);
  const most = Math.ceil(all / next.members.length);
  const least = Math.floor(all / next.members.length);
  const before = next.members.map(({ id }) => heldById.get(id) ?? 0);
  const staying = total(before.map((count) => Math.min(count, most)));
  const lacking = total(before.map((count) => Math.max(least - count, 0)));
  return Math.max(all - staying, lacking);
}

/** Tries all layouts of `members` that rules 1 to 3 allow. */
export function fewestMovesOfAll(
  previous: Placement,
  members: readonly Member[],
  replicas: number,
): number {
  const partitions = previous.layout.length;
  const shares = pouredShares(members, replicas);
  // With weights of 1 to 3 the fractions are far coarser than what pouring gets wrong.
  const least = shares.map((share) => Math.floor(share * partitions + 0.01));
  const most = shares.map((share) => Math.ceil(share * partitions - 0.01));
  const choices = subsets([...members.keys()]).filter(
    (owners) => ownersProblem(members, owners, replicas) === undefined,
  );
  const counts = members.map(() => 0);
  const from = (partition: number): number => {
    if (partition === partitions) {
      return counts.every((count, i) => count >= least[i]!) ? 0 : Number.POSITIVE_INFINITY;
    }
    const before = previous.layout[partition]!.map((owner) => previous.members[owner]!.id);
    let fewest = Number.POSITIVE_INFINITY;
    for (const owners of choices) {
      if (owners.some((owner) => counts[owner]! >= most[owner]!)) continue;
      for (const owner of owners) counts[owner]!++;
      const moves = owners.filter((owner) => !before.includes(members[owner]!.id)).length;
      fewest = Math.min(fewest, moves + from(partition + 1));
      for (const owner of owners) counts[owner]!--;
    }
    return fewest;
  };
  return from(0);
}

function subsets(list: readonly number[]): number[][] {
  let all: number[][] = [[]];
  for (const item of list) all = all.concat(all.map((subset) => [...subset, item]));
  return all;
}
