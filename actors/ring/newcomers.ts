/**
 * Newcomers: who may join a ring and what it has to wait for; and who founds one, if nodes that
 * expect each other have none yet.
 *
 * With `--expect n` the nodes tell each other whom they have met. Who has met n, itself among
 * them, and has the lowest id of these, founds the cluster with them as soon as each of the others
 * has said that it has met the very same; the others get its ring when they ask again. A node only
 * ever meets more, so it says this of one set of n at most: two sets that share a node do not both
 * found, also where more than n were started. Without asking the others, of four nodes that expect
 * three the lowest could found with two of them, and the next one with two others. Who hears of a
 * ring joins that one, whoever it has met.
 */

import type { NodeId } from '../../src/core/data/version.js';
import { named } from '../../src/core/planning/sentences.js';
import {
  type Asked,
  difference,
  foundingReplication,
  type Replication,
  type SharedNumbers,
} from '../../src/core/ring/replication.js';
import {
  allMembers,
  byMemberId,
  type Member,
  namesMember,
  type Ring,
} from '../../src/core/ring/ring.js';
import type { Liveness } from './eviction.js';
import type { RingEvent } from './machine.js';

/** What a newcomer says of itself, and with which flags it was started. */
export interface JoinRequest extends Asked<SharedNumbers> {
  readonly member: Member;
  /** The other newcomers it has met; none while whom it is to join by may have a ring yet. */
  readonly met: readonly Member[];
  /** Whom it is connected with. */
  readonly peers: readonly NodeId[];
}

/** What it is told; `reason` and `waitsFor` are for people. */
export type JoinVerdict =
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'waits'; readonly waitsFor: string }
  /** The ring names it already. */
  | { readonly kind: 'member' }
  | { readonly kind: 'welcome' };

/** What the member `self` says to who asks for a place in its ring. */
export function judgeNewcomer(
  ring: Ring,
  request: JoinRequest,
  self: NodeId,
  liveness: Pick<Liveness, 'isReachable' | 'statusOf'>,
): JoinVerdict {
  const differing = difference({ ...ring, partitions: ring.layout.length }, request);
  if (differing) return { kind: 'refused', reason: `this cluster has ${differing}` };
  if (namesMember(ring, request.member.id)) return { kind: 'member' };
  const waitsFor =
    holderOf(ring, request.member, self, liveness) ?? strangersTo(ring, request, self, liveness);
  return waitsFor === undefined ? { kind: 'welcome' } : { kind: 'waits', waitsFor };
}

/** An address is given to a newcomer only when who had it is dead: then it takes its place. */
function holderOf(
  ring: Ring,
  { id, address }: Member,
  self: NodeId,
  { statusOf }: Pick<Liveness, 'statusOf'>,
): string | undefined {
  const holder = allMembers(ring).find((other) => other.address === address && other.id !== id);
  if (!holder) return undefined;
  const status = statusOf(holder.id);
  if (status === 'dead' || status === 'left') return undefined;
  const how = holder.id === self ? 'this very node' : (status ?? 'not dead');
  return `member ${holder.id}, which has the address ${address} and is ${how}, to be found dead`;
}

/**
 * A newcomer is counted on from the moment that a ring names it. Until it is connected with a
 * member, that one would refuse requests of which it is to be one of several new owners.
 */
function strangersTo(
  ring: Ring,
  { peers }: JoinRequest,
  self: NodeId,
  { isReachable }: Pick<Liveness, 'isReachable'>,
): string | undefined {
  const strangers = allMembers(ring)
    .map(({ id }) => id)
    .filter((id) => id !== self && !peers.includes(id) && isReachable(id));
  return strangers.length > 0 ? `connections with ${named(strangers)}` : undefined;
}

/** The nodes that expect each other, as far as this one has met them. */
export class Meeting {
  readonly #self: Member;
  readonly #expect: number;
  readonly #numbers: Asked<SharedNumbers>;
  readonly #met = new Map<NodeId, Member>();
  /** Whom each of the others says to have met, with itself. */
  readonly #said = new Map<NodeId, string>();
  #isOver = false;

  /** `expect` 0: nobody is expected, and nothing founded together. */
  constructor(
    self: Member,
    numbers: Asked<Replication> & Pick<SharedNumbers, 'partitions' | 'expect'>,
  ) {
    this.#self = self;
    this.#expect = numbers.expect;
    const { expect, partitions } = numbers;
    this.#numbers = { expect, partitions, ...foundingReplication(numbers) };
  }

  /** There is a ring already, so none is founded: nobody may count on this node for that. */
  end(): void {
    this.#isOver = true;
    this.#met.clear();
  }

  /** The others. */
  get met(): readonly Member[] {
    return [...this.#met.values()];
  }

  /** Everybody who has met, with this node, sorted by id. */
  get all(): readonly Member[] {
    return [this.#self, ...this.#met.values()].sort(byMemberId);
  }

  /** Hears another node that has no ring. */
  hear(request: JoinRequest): JoinVerdict {
    // Who joins a cluster itself knows nothing of it. Who founds one is to do so by its numbers.
    if (this.#expect === 0) {
      return { kind: 'waits', waitsFor: `${this.#self.address}, which has no ring itself` };
    }
    // Nor is it one of those who found: it comes when they have.
    if (request.expect === 0 || this.#isOver) return { kind: 'waits', waitsFor: this.waitsFor };
    const differing = difference(this.#numbers, { ...request, ...foundingReplication(request) });
    if (differing) return { kind: 'refused', reason: `the others have ${differing}` };
    const all = [request.member, ...request.met];
    for (const other of all) if (other.id !== this.#self.id) this.#met.set(other.id, other);
    this.#said.set(request.member.id, namesOf(all));
    return { kind: 'waits', waitsFor: this.waitsFor };
  }

  /** In one sentence; empty if nobody is expected. */
  get waitsFor(): string {
    if (this.#expect === 0) return '';
    if (this.#isOver) return 'the members of a ring that there is';
    const met = this.#met.size + 1;
    if (met < this.#expect) return `${this.#expect} nodes to meet, ${met} have`;
    return `each of ${this.#expect} nodes to say that it has met the others`;
  }

  /** What has come of it for the ring's actor, if anything. */
  get outcome(): RingEvent | undefined {
    if (this.#expect === 0 || this.#isOver) return undefined;
    const ids = this.all.map(({ id }) => id);
    if (ids.length > this.#expect) {
      const who = `${ids.length} nodes have met, and --expect says ${this.#expect}`;
      return { type: 'join.refused', reason: `${who}: ${ids.join(', ')}` };
    }
    const isFounder = ids.length === this.#expect && ids[0] === this.#self.id;
    const names = namesOf(this.all);
    const isAgreed = [...this.#met.keys()].every((id) => this.#said.get(id) === names);
    return isFounder && isAgreed ? { type: 'all.met' } : undefined;
  }
}

const namesOf = (members: readonly Member[]) =>
  [...new Set(members.map(({ id }) => id))].sort().join();
