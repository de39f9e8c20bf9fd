/**
 * Newcomers: how this node asks for a place in a ring, and what it answers to others that do.
 *
 * With `--expect n` nobody has a ring at first. The nodes tell each other whom they have met, until
 * one of them has met all n and has the lowest id: it founds the cluster with all of them, and the
 * others get its ring when they ask again.
 */

import type { NodeId } from '../../core/data/version.js';
import { named } from '../../core/planning/sentences.js';
import {
  type Asked,
  difference,
  foundingReplication,
  SHARED_NUMBERS,
  type SharedNumbers,
} from '../../core/ring/replication.js';
import {
  allMembers,
  byMemberId,
  type Member,
  namesMember,
  type Ring,
} from '../../core/ring/ring.js';
import { formatRing, InvalidRing, parseMember, parseRing } from '../../core/ring/ring-json.js';
import type { Log, Transport } from '../../ports.js';
import type { MembershipHost } from '../membership/host.js';
import type { Calls, ReplyTo } from '../rpc/calls.js';
import type { CurrentRing, RingSettings } from './current-ring.js';
import type { RingWishes } from './wishes.js';

const CALL_TIMEOUT_MS = 2000;

/** What a newcomer says of itself, and with which flags it was started. */
interface Wish extends Asked<SharedNumbers> {
  readonly member: Member;
  /** The other newcomers it has met. */
  readonly met: readonly Member[];
  /** Whom it is connected with. */
  readonly peers: readonly NodeId[];
}

type Answer = Omit<ReplyTo<'ring.join'>, 'type' | 'call'>;

export class Joining {
  readonly #settings: RingSettings;
  readonly #rings: CurrentRing;
  readonly #wishes: RingWishes;
  readonly #membership: MembershipHost;
  readonly #calls: Calls;
  readonly #transport: Transport;
  readonly #log: Log;
  readonly #met = new Map<NodeId, Member>();
  /** Where members of the cluster are. They do not dial us before a ring names us. */
  readonly #heard = new Set<string>();
  #waitsFor = '';

  constructor(options: {
    settings: RingSettings;
    rings: CurrentRing;
    wishes: RingWishes;
    membership: MembershipHost;
    calls: Calls;
    transport: Transport;
    log: Log;
  }) {
    this.#settings = options.settings;
    this.#rings = options.rings;
    this.#wishes = options.wishes;
    this.#membership = options.membership;
    this.#calls = options.calls;
    this.#transport = options.transport;
    this.#log = options.log;
  }

  /** Why this node has no ring yet, in one sentence; empty if nobody has said. */
  get waitsFor(): string {
    return this.#rings.current ? '' : this.#waitsFor;
  }

  found(): void {
    this.#rings.found([this.#settings.self, ...this.#met.values()].sort(byMemberId));
  }

  /** Asks every peer there is, and dials those it has been told of. */
  ask(): void {
    const { self, expect, introducers, partitions } = this.#settings;
    const { replicas, writeQuorum, readQuorum } = this.#settings;
    for (const address of [...introducers, ...this.#heard]) this.#transport.introduce(address);
    for (const { id, address } of this.#met.values()) {
      if (!this.#transport.isUp(id)) this.#transport.introduce(address);
    }
    const met = [...this.#met.values()];
    const peers = this.#transport.connected();
    const numbers = { expect, partitions, replicas, writeQuorum, readQuorum };
    const wish: Wish = { member: self, ...numbers, met, peers };
    const member = JSON.stringify(wish);
    for (const peer of peers) {
      this.#calls.request(peer, 'ring.join', { member }, CALL_TIMEOUT_MS, (reply) => {
        if (typeof reply === 'string' || this.#rings.current) return;
        if (reply.refusal) this.#rings.send({ type: 'join.refused', reason: reply.refusal });
        else if (reply.ring) this.#learn(reply.ring, peer);
        this.#wait(reply.waitsFor);
      });
    }
    if (expect > 0) this.#foundIfAllMet();
  }

  /** A ring that names us, or one that says at least where the members are. */
  #learn(text: string, from: NodeId): void {
    if (this.#rings.learn(text, from) !== undefined) return;
    for (const { address } of membersIn(text)) this.heardOf(address);
  }

  /** Of a member of the cluster that is to be joined. */
  heardOf(address: string): void {
    if (this.#rings.current || address === this.#settings.self.address) return;
    this.#heard.add(address);
    this.#transport.introduce(address);
  }

  /** Another node asks. */
  answer(text: string): Answer {
    const nothing: Answer = { refusal: '', waitsFor: '', ring: undefined };
    let wish: Wish;
    try {
      wish = parseWish(text);
    } catch (error) {
      const refusal = `the request to join is malformed: ${(error as Error).message}`;
      return { ...nothing, refusal };
    }
    const ring = this.#rings.current;
    const refusal = this.#objection(ring, wish);
    if (refusal) return { ...nothing, refusal };
    if (!ring) return { ...nothing, waitsFor: this.#meet(wish) };
    if (namesMember(ring, wish.member.id)) return { ...nothing, ring: formatRing(ring) };
    const waitsFor = this.#holderOf(ring, wish.member) ?? this.#strangersTo(ring, wish);
    if (waitsFor) return { ...nothing, waitsFor, ring: formatRing(ring) };
    this.#wishes.join(wish.member);
    return { ...nothing, waitsFor: 'the members to agree on it' };
  }

  #objection(ring: Ring | undefined, wish: Wish): string | undefined {
    if (ring) {
      const differing = difference({ ...ring, partitions: ring.layout.length }, wish);
      return differing && `this cluster has ${differing}`;
    }
    // Who joins a cluster itself knows nothing of it. Who founds one is to do so by these numbers.
    if (this.#settings.expect === 0) return undefined;
    const differing = difference(
      { ...this.#settings, ...foundingReplication(this.#settings) },
      { ...wish, ...foundingReplication(wish) },
    );
    return differing && `the others have ${differing}`;
  }

  /** An address is given to a newcomer only when who had it is dead: then it takes its place. */
  #holderOf(ring: Ring, { id, address }: Member): string | undefined {
    const holder = allMembers(ring).find((other) => other.address === address && other.id !== id);
    if (!holder) return undefined;
    const status = this.#membership.statusOf(holder.id);
    if (status === 'dead' || status === 'left') return undefined;
    const how = holder.id === this.#settings.self.id ? 'this very node' : (status ?? 'not dead');
    return `member ${holder.id}, which has the address ${address} and is ${how}, to be found dead`;
  }

  /**
   * A newcomer is counted on from the moment that a ring names it. Until it is connected with a
   * member, that one would refuse requests of which it is to be one of several new owners.
   */
  #strangersTo(ring: Ring, { peers }: Wish): string | undefined {
    const strangers = allMembers(ring)
      .map(({ id }) => id)
      .filter((id) => id !== this.#settings.self.id && !peers.includes(id))
      .filter(this.#wishes.isReachable);
    return strangers.length > 0 ? `connections with ${named(strangers)}` : undefined;
  }

  #meet({ member, met }: Wish): string {
    if (this.#settings.expect === 0) return 'a node that has a ring';
    for (const other of [member, ...met]) {
      if (other.id !== this.#settings.self.id) this.#met.set(other.id, other);
    }
    this.#foundIfAllMet();
    return `${this.#settings.expect} nodes to meet, ${this.#met.size + 1} have`;
  }

  #foundIfAllMet(): void {
    const { self, expect } = this.#settings;
    const ids = [self.id, ...this.#met.keys()].sort();
    if (ids.length > expect) {
      const reason = `${ids.length} nodes have met, and --expect says ${expect}: ${ids.join(', ')}`;
      this.#rings.send({ type: 'join.refused', reason });
    } else if (ids.length === expect && ids[0] === self.id) {
      this.#rings.send({ type: 'all.met' });
    }
  }

  #wait(waitsFor: string): void {
    if (waitsFor === this.#waitsFor) return;
    this.#waitsFor = waitsFor;
    if (waitsFor) this.#log('info', 'join.waits', { for: waitsFor });
  }
}

function membersIn(ring: string): Member[] {
  try {
    return allMembers(parseRing(ring));
  } catch (error) {
    if (error instanceof InvalidRing) return [];
    throw error;
  }
}

function parseWish(text: string): Wish {
  const wish = JSON.parse(text) as Wish;
  if (!Array.isArray(wish.met)) throw new Error('met is not a list');
  if (!Array.isArray(wish.peers)) throw new Error('peers is not a list');
  const isOdd = (number: unknown) => number !== undefined && !Number.isInteger(number);
  const odd = SHARED_NUMBERS.find((name) => isOdd(wish[name]));
  if (odd !== undefined) throw new Error(`${odd} is not a number`);
  return { ...wish, member: parseMember(wish.member), met: wish.met.map(parseMember) };
}
