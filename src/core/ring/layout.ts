/**
 * The layout: which members own which partition.
 *
 * Intuition: every partition hands out N tickets, every member has a number of seats in proportion
 * to its weight, and a ticket costs nothing where the partition already has its data and one move
 * elsewhere. The cheapest way to seat all tickets is the layout that moves the least data.
 *
 * Rules, each as far as those before it allow:
 * 1. A partition has min(N, members) owners, all different.
 * 2. They are spread over the zones as evenly as the sizes of the zones allow: N distinct zones
 *    where there are N; one zone has two owners more than another only if the other has no member
 *    left. So the loss of a zone takes as few owners as can be. This comes before weight: the only
 *    member of a zone may have to own every partition.
 * 3. Each member owns its fair share by weight, rounded down or up (`fair-share.ts`).
 * 4. As few owners as possible are new since the previous layout. Exactly, not by a heuristic.
 * 5. Surviving owners keep their order; newcomers even out who is first (the primary).
 *
 * Algorithm: a minimum-cost flow (`min-cost-flow.ts`) from each partition through its zones to
 * the members. Rules 1 to 3 are capacities, rule 4 is the cost. Were partitions divisible, the fair
 * shares themselves would be such a flow, and where capacities are whole numbers a flow in whole
 * numbers exists as well: so there always is a layout, and nothing is ever tried in vain.
 *
 * Reference: Oulamara and Auvolat, "An algorithm for geo-distributed and redundant storage in
 * Garage", 2023. It searches for the shares that use the capacity best, and then cancels cycles to
 * save moves; here the shares are known beforehand, and one flow does both.
 *
 * Rejected alternatives: random tokens (a node needs hundreds of them to come near its share, and
 * zones upset it), and dealing out owners greedily around the ring (on the last partitions it runs
 * out of choice, and two owners end up in one zone).
 */

import { assert, present } from '../assert.js';
import { shareBounds, zonesOf } from './fair-share.js';
import { FlowNetwork } from './min-cost-flow.js';
import type { Layout, Member, Placement, Ring } from './ring.js';

/**
 * The layout of `members` (sorted by id) by the rules above. Equal inputs give equal layouts
 * everywhere. Throws `RangeError` if there are no members, partitions or replicas, or if `previous`
 * has another number of partitions.
 */
export function computeLayout(input: {
  previous?: Placement;
  members: readonly Member[];
  partitions: number;
  replicas: number;
}): Layout {
  const { previous, members, partitions, replicas } = input;
  if (members.length < 1 || partitions < 1 || replicas < 1) {
    throw new RangeError('a layout needs members, partitions and replicas');
  }
  if (previous && previous.layout.length !== partitions) {
    throw new RangeError(`the previous layout does not have ${partitions} partitions`);
  }
  const survivors = survivingOwners(previous, members, partitions);
  const copies = Math.min(replicas, members.length);
  const layout = inPreferenceOrder(
    survivors,
    chooseOwners(survivors, members, copies),
    members.length,
  );
  assert(layout.length === partitions, 'every partition has owners');
  for (const owners of layout) {
    assert(new Set(owners).size === copies, 'a partition has as many owners as can be, each once');
    assert(owners.length === copies, 'a partition has no more owners than it should');
  }
  return layout;
}

/** The layout by which other members follow on a ring. Throws as `computeLayout` does. */
export function nextLayout(ring: Ring, members: readonly Member[]): Layout {
  const { layout, replicas } = ring;
  return computeLayout({ previous: ring, members, partitions: layout.length, replicas });
}

/** `nextLayout` for who asks the same again and again: it remembers its last answer. */
export function rememberingLayout(): typeof nextLayout {
  let last: { ring: Ring; members: string; layout: Layout } | undefined;
  return (ring, members) => {
    const wanted = JSON.stringify(members);
    if (last?.ring !== ring || last.members !== wanted) {
      last = { ring, members: wanted, layout: nextLayout(ring, members) };
    }
    return last.layout;
  };
}

/** The previous owners of each partition that are still members, in their order. */
function survivingOwners(
  previous: Placement | undefined,
  members: readonly Member[],
  partitions: number,
): number[][] {
  if (!previous) return Array.from({ length: partitions }, () => []);
  const indexById = new Map(members.map((member, index) => [member.id, index]));
  const indexes = previous.members.map((member) => indexById.get(member.id));
  return previous.layout.map((owners) =>
    owners.map((owner) => indexes[owner]).filter((index) => index !== undefined),
  );
}

/** The owners of each partition by rules 1 to 4, in no meaningful order. */
function chooseOwners(
  survivors: readonly (readonly number[])[],
  members: readonly Member[],
  replicas: number,
): number[][] {
  const zones = zonesOf(members, replicas);
  const zoneIndexes = [...zones.keys()];
  const anywhere = zones.reduce((rest, zone) => rest - zone.least, replicas);
  const network = new FlowNetwork();
  const source = network.addVertex();
  const sink = network.addVertex();
  const seats = members.map(() => network.addVertex());
  const seatOf = (owner: number) => present(seats[owner], 'the seats of a member');

  const choices = survivors.map((kept, partition) => {
    const tickets = network.addVertex();
    network.addArc(source, tickets, anywhere);
    return scattered(zoneIndexes, partition).flatMap((zoneIndex) => {
      const zone = present(zones[zoneIndex], 'a zone');
      const zoneTickets = network.addVertex();
      network.addArc(source, zoneTickets, zone.least);
      network.addArc(tickets, zoneTickets, zone.most - zone.least);
      return scattered(zone.members, partition).map((owner) => {
        const cost = kept.includes(owner) ? 0 : 1;
        return { owner, arc: network.addArc(zoneTickets, seatOf(owner), 1, cost) };
      });
    });
  });

  // First everyone gets the share rounded down, which flow added later never takes away again; then
  // the rest goes where it costs the fewest moves, at most one to each.
  const bounds = shareBounds(members, zones, survivors.length, replicas);
  const shares = bounds.map(({ least, most }, owner) => {
    return { share: network.addArc(seatOf(owner), sink, least), more: most - least };
  });
  network.fill(source, sink);
  for (const { share, more } of shares) network.widen(share, more);
  network.fill(source, sink);

  return choices.map((arcs, partition) => {
    const chosen = arcs.filter(({ arc }) => network.flowOn(arc) === 1).map(({ owner }) => owner);
    return scattered(chosen, partition);
  });
}

/**
 * The preference lists by rule 5: survivors in their order, newcomers behind them, except that one
 * newcomer may come first. Each member should be first in 1/N of what it owns. A flow comes as near
 * to that as the lists allow, and prefers a survivor to a newcomer where it makes no difference.
 */
function inPreferenceOrder(
  survivors: readonly (readonly number[])[],
  owners: readonly (readonly number[])[],
  memberCount: number,
): number[][] {
  const network = new FlowNetwork();
  const source = network.addVertex();
  const sink = network.addVertex();
  const seats = Array.from({ length: memberCount }, () => {
    return { seat: network.addVertex(), owned: 0 };
  });
  const seatOf = (owner: number) => present(seats[owner], 'the seat of a member');

  const lists = owners.map((chosen, partition) => {
    const survived = present(survivors[partition], 'who survived of a partition');
    const kept = survived.filter((owner) => chosen.includes(owner));
    const newcomers = chosen.filter((owner) => !kept.includes(owner));
    const list = network.addVertex();
    network.addArc(source, list, 1);
    const candidates = [...kept.slice(0, 1), ...newcomers].map((owner) => {
      const cost = owner === kept[0] ? 0 : 1;
      return { owner, arc: network.addArc(list, seatOf(owner).seat, 1, cost) };
    });
    for (const owner of chosen) seatOf(owner).owned++;
    return { order: [...kept, ...newcomers], candidates };
  });

  const copies = present(owners[0], 'a first partition').length;
  const shares = seats.map(({ seat, owned }) =>
    network.addArc(seat, sink, Math.floor(owned / copies)),
  );
  let placed = network.fill(source, sink);
  // The rest are first too often. Doubled, so that few rounds do even if one was first in all.
  for (let more = 1; placed < owners.length; more *= 2) {
    for (const share of shares) network.widen(share, more);
    placed += network.fill(source, sink);
  }

  return lists.map(({ order, candidates }) => {
    const first = candidates.find(({ arc }) => network.flowOn(arc) === 1);
    const { owner } = present(first, 'a first owner of each partition');
    return [owner, ...order.filter((other) => other !== owner)];
  });
}

/**
 * The same indexes in an order that looks random and differs from partition to partition. The flow
 * prefers what comes first among equals, so a member shares its partitions with many others, and
 * its absence burdens each of them a little.
 */
function scattered(indexes: readonly number[], partition: number): number[] {
  const compare = (a: number, b: number) => mixed(partition, a) - mixed(partition, b);
  return indexes.toSorted((a, b) => compare(a, b) || a - b);
}

/** Two small numbers hashed to 32 bits, with the finalizer of MurmurHash3. */
function mixed(a: number, b: number): number {
  let hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
