/**
 * How the cluster is, seen from one node: one word for programs, one sentence with numbers and the
 * remedy for a person who has never seen this cluster before.
 *
 * - healthy: every partition has all the copies that are wanted, and every member can store.
 * - degraded: some have fewer, a disk is full or a clock is wrong; every request can still have its
 *   quorum.
 * - unavailable: some partition lacks its quorum, or there is no ring yet.
 */
import { present } from './assert.js';
import type { NodeId } from './data/version.js';
import { targetMembers } from './planning/member-change.js';
import { count, named } from './planning/sentences.js';
import { type Availability, availabilityOf, type Reach } from './ring/availability.js';
import { allMembers, type Member, type Ring } from './ring/ring.js';

export type ClusterState = 'healthy' | 'degraded' | 'unavailable';

export interface AwayMember {
  readonly id: NodeId;
  /** `host:port` */
  readonly address: string;
  /** Since it could last be reached from here, ms. */
  readonly forMs: number;
}

export interface WrongClock {
  readonly id: NodeId;
  /** `host:port` */
  readonly address: string;
  /** Of the median of all, ms; negative if it is behind. */
  readonly aheadMs: number;
}

export interface ClusterVerdict {
  readonly state: ClusterState;
  /** Begins with the state. */
  readonly sentence: string;
  /** What to do, in sentences; empty if there is nothing to be done. */
  readonly remedy: string;
  /** Of the ring; 0 without one. */
  readonly partitions: number;
  /** Copies that are wanted of each partition (N); 0 without a ring. */
  readonly replicas: number;
  /** Of the partition that has the fewest within reach. */
  readonly fewestCopies: number;
  /** Partitions that have fewer copies within reach than are wanted. */
  readonly fewerCopies: number;
  /** Partitions that cannot be written, or read, at level quorum. */
  readonly withoutQuorum: { readonly write: number; readonly read: number; readonly any: number };
  /** Members that cannot be reached from here. */
  readonly away: readonly AwayMember[];
  /** Members that are known to have a full disk. */
  readonly full: readonly NodeId[];
  /** Members whose wall clock is further from that of most than clocks may differ. */
  readonly clocks: readonly WrongClock[];
}

export interface VerdictInput extends Reach {
  /** Undefined as long as the node has none. */
  readonly ring: Ring | undefined;
  /** What it waits for if it has none; empty if nobody has said. */
  readonly waitsFor: string;
  /** For how long a member that cannot be reached could not be, ms. */
  readonly awayForMs: (id: NodeId) => number;
  /** How far a member's clock is ahead of the median, if that is too far; ms. */
  readonly wrongByMs?: (id: NodeId) => number | undefined;
}

/** In a sentence; more are counted. All stand in `away`. */
const NAMED = 3;

export function verdictOn({
  ring,
  waitsFor,
  awayForMs,
  wrongByMs = () => undefined,
  ...reach
}: VerdictInput): ClusterVerdict {
  if (!ring) return withoutRing(waitsFor);
  const members = allMembers(ring);
  const away = members
    .filter(({ id }) => !reach.isReachable(id))
    .map(({ id, address }) => ({ id, address, forMs: Math.round(awayForMs(id)) }));
  const full = members.filter(({ id }) => reach.isReachable(id) && !reach.hasRoom(id));
  const clocks = members.flatMap(({ id, address }) => {
    const aheadMs = wrongByMs(id);
    return aheadMs === undefined ? [] : [{ id, address, aheadMs: Math.round(aheadMs) }];
  });
  const availability = availabilityOf(ring, reach);
  const { partitions, byCopies, fewerCopies, withoutQuorum } = availability;
  const { write, read, any } = withoutQuorum;
  const isShort = fewerCopies > 0 || full.length > 0 || clocks.length > 0;
  const state = any > 0 ? 'unavailable' : isShort ? 'degraded' : 'healthy';
  const seen = { state, ring, members, away, full, clocks, availability } as const;
  return {
    state,
    sentence: sentenceOf(seen),
    remedy: remedyOf(seen),
    partitions,
    replicas: ring.replicas,
    fewestCopies: byCopies.findIndex((some) => some > 0),
    fewerCopies,
    withoutQuorum: { write, read, any },
    away,
    full: full.map(({ id }) => id),
    clocks,
  };
}

/** How far a clock is off: `1 h ahead of most`. */
export function clockText({ aheadMs }: Pick<WrongClock, 'aheadMs'>): string {
  return `${span(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} most`;
}

/**
 * How many copies of a key there are when every member is there, of those that are wanted:
 * `1 of 3 copies`.
 */
export function copiesText(ring: Ring): string {
  const copies = Math.min(ring.replicas, targetMembers(ring).length);
  return `${copies} of ${count(ring.replicas, 'copy', 'copies')}`;
}

interface Seen {
  readonly state: ClusterState;
  readonly ring: Ring;
  readonly members: readonly Member[];
  readonly away: readonly AwayMember[];
  readonly full: readonly Member[];
  readonly clocks: readonly WrongClock[];
  readonly availability: Availability;
}

function withoutRing(waitsFor: string): ClusterVerdict {
  const whom = waitsFor || 'an answer of those it is to join by';
  return {
    state: 'unavailable',
    sentence: `unavailable: this node has no ring yet; it waits for ${whom}.`,
    remedy:
      'Start the nodes it is to join by. If they wait for each other, start one of them without ' +
      '--join, or all with --expect.',
    partitions: 0,
    replicas: 0,
    fewestCopies: 0,
    fewerCopies: 0,
    withoutQuorum: { write: 0, read: 0, any: 0 },
    away: [],
    full: [],
    clocks: [],
  };
}

function sentenceOf({ state, ring, members, away, full, clocks, availability }: Seen): string {
  const parts = [
    ...(away.length > 0 ? [awayText(away, members.length)] : []),
    ...(full.length > 0 ? [`the disk of ${namesOf(full)} is full`] : []),
    ...(clocks.length > 0 ? [clocksText(clocks)] : []),
    copiesClause(availability),
    ...(ring.transition ? ['owners are changing'] : []),
    ...(ring.forced
      ? ['members were removed by force, so acknowledged writes may be missing']
      : []),
    ...(state === 'healthy' ? [] : [consequence(availability)]),
  ];
  return `${state}: ${parts.join('; ')}.`;
}

function awayText(away: readonly AwayMember[], members: number): string {
  const longest = span(away.reduce((most, { forMs }) => Math.max(most, forMs), 0));
  if (away.length === 1) return `node ${namesOf(away)} has been away for ${longest}`;
  return (
    `${away.length} of ${members} nodes (${namesOf(away)}) have been away, ` +
    `the longest for ${longest}`
  );
}

function clocksText(clocks: readonly WrongClock[]): string {
  const each = clocks.slice(0, NAMED).map((one) => `${one.address} is ${clockText(one)}`);
  const more = clocks.length > NAMED ? `, and ${clocks.length - NAMED} more are wrong` : '';
  return `the clock of ${each.join(', of ')}${more}`;
}

function copiesClause({ partitions, byCopies, fewerCopies }: Availability): string {
  const replicas = byCopies.length - 1;
  const wanted = count(replicas, 'copy', 'copies');
  if (fewerCopies === 0) return `${partitions} of ${partitions} partitions have all ${wanted}`;
  const short = [...byCopies.entries()].slice(0, replicas).filter(([, some]) => some > 0);
  const [first, ...fewer] = short.reverse();
  const [most, some] = present(first, 'a number of copies that is short');
  const others = fewer.map(([copies, of]) => `, ${of} have ${copies}`).join('');
  return `${some} of ${partitions} partitions have ${most} of ${wanted}${others}`;
}

function consequence({ withoutQuorum }: Availability): string {
  const { write, read, any } = withoutQuorum;
  if (any === 0) return 'requests go on';
  if (write === read) return `${write} have no quorum and can be neither written nor read`;
  if (read === 0) return `${write} have no quorum for writes; reads go on`;
  if (write === 0) return `${read} have no quorum for reads; writes go on`;
  return `${write} have no quorum for writes, ${read} none for reads`;
}

function remedyOf({ state, ring, members, away, full, clocks }: Seen): string {
  const remedies: string[] = [];
  if (away.length > 0) {
    const [it, is] = away.length === 1 ? ['it', 'it is'] : ['them', 'they are'];
    remedies.push(
      `Start ${it} again, or mend the network to ${it}. If ${is} gone for good, POST ` +
        `/admin/remove?id=${away.map(({ id }) => id).join(',')} gives ${it} up, ` +
        'or says what would be lost by that.',
    );
  }
  if (full.length > 0) remedies.push(`Make room on the disk of ${namesOf(full)}.`);
  if (clocks.length > 0) {
    remedies.push(
      `Set the clock of ${namesOf(clocks)}, best by NTP; until then no write is taken there.`,
    );
  }
  const missing = ring.replicas - targetMembers(ring).length;
  if (missing > 0) {
    const gone = new Set(away.map(({ id }) => id));
    const { address } = members.find(({ id }) => !gone.has(id)) ?? { address: 'one of them' };
    remedies.push(
      `For ${ring.replicas} copies start ${count(missing, 'more node')} to join by ${address}.`,
    );
  }
  // Neither room nor a clock is what it lacks: it is copies.
  if (remedies.length === 0 && state !== 'healthy') {
    remedies.push('Wait until the new owners have their copies; /admin/status shows how far.');
  }
  return remedies.join(' ');
}

function namesOf(members: readonly { readonly address: string }[]): string {
  return named(
    members.map(({ address }) => address),
    NAMED,
  );
}

/** A duration in the largest unit that says enough. */
function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
