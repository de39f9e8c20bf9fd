/**
 * Newcomers: how this node asks for a place in a ring, and what it answers to others that do. Who
 * may join, and who founds, is said in `actors/ring/newcomers.ts`.
 */
import { type JoinRequest, judgeNewcomer, Meeting } from '../../../actors/ring/newcomers.js';
import type { NodeId } from '../../core/data/version.js';
import { SHARED_NUMBERS } from '../../core/ring/replication.js';
import { allMembers, type Member } from '../../core/ring/ring.js';
import { formatRing, InvalidRing, parseMember, parseRing } from '../../core/ring/ring-json.js';
import type { Clock, Log, Transport } from '../../ports.js';
import type { MembershipHost } from '../membership/host.js';
import type { Calls, ReplyTo } from '../rpc/calls.js';
import type { CurrentRing, RingSettings } from './current-ring.js';
import { Obstacles } from './obstacles.js';
import type { RingWishes } from './wishes.js';

const CALL_TIMEOUT_MS = 2000;
/** At the longest; see `#hasUnheard`. */
const HEAR_MS = 2000;
/** Between two lines that say what is waited for: each time twice as long, up to the longest. */
const SAY_AGAIN_MS = { first: 1000, longest: 120_000 };

type Answer = Omit<ReplyTo<'ring.join'>, 'type' | 'call'>;

export class Joining {
  readonly #settings: RingSettings;
  readonly #rings: CurrentRing;
  readonly #wishes: RingWishes;
  readonly #membership: MembershipHost;
  readonly #isReachable: (node: NodeId) => boolean;
  readonly #calls: Calls;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onWaiting: (waitsFor: string) => void;
  readonly #meeting: Meeting;
  /** Where members of the cluster are. They do not dial us before a ring names us. */
  readonly #heard = new Set<string>();
  readonly #obstacles = new Obstacles();
  /** Where peers are. */
  readonly #addresses = new Map<NodeId, string>();
  /** Where somebody has answered, or nobody can be had. */
  readonly #settled = new Set<string>();
  #askedFirstAt: number | undefined;
  #waitsFor = '';
  readonly #since: number;
  #nextLine: { readonly at: number; readonly pauseMs: number };

  constructor(options: {
    settings: RingSettings;
    rings: CurrentRing;
    wishes: RingWishes;
    membership: MembershipHost;
    isReachable: (node: NodeId) => boolean;
    calls: Calls;
    transport: Transport;
    clock: Clock;
    log: Log;
    /** There is no ring yet for another reason than before. */
    onWaiting: (waitsFor: string) => void;
  }) {
    this.#settings = options.settings;
    this.#rings = options.rings;
    this.#wishes = options.wishes;
    this.#membership = options.membership;
    this.#isReachable = options.isReachable;
    this.#calls = options.calls;
    this.#transport = options.transport;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#onWaiting = options.onWaiting;
    this.#meeting = new Meeting(options.settings.self, options.settings);
    this.#since = options.clock.monotonic();
    const { first } = SAY_AGAIN_MS;
    this.#nextLine = { at: this.#since + first, pauseMs: first };
  }

  /** Why this node has no ring yet, in one sentence; empty if nobody has said. */
  get waitsFor(): string {
    return this.#rings.current ? '' : this.#waitsFor;
  }

  /** The first ring of a new cluster, with everybody who has met. */
  found(): void {
    this.#rings.found(this.#meeting.all);
  }

  /** Asks every peer there is, and dials those it has been told of. */
  ask(): void {
    const { introducers } = this.#settings;
    this.#askedFirstAt ??= this.#clock.monotonic();
    for (const address of [...introducers, ...this.#heard]) this.#transport.introduce(address);
    for (const { id, address } of this.#meeting.met) {
      if (!this.#transport.isUp(id)) this.#transport.introduce(address);
    }
    const peers = this.#transport.connected();
    const member = JSON.stringify(this.#request(peers));
    for (const peer of peers) {
      this.#calls.request(peer, 'ring.join', { member }, CALL_TIMEOUT_MS, (reply) => {
        if (typeof reply === 'string' || this.#rings.current) return;
        if (reply.refusal) this.#rings.send({ type: 'join.refused', reason: reply.refusal });
        else if (reply.ring) this.#learn(reply.ring, peer);
        this.#obstacles.answered(peer, reply.waitsFor);
        this.#settle(this.#addresses.get(peer));
      });
    }
    this.#foundIfAllMet();
    this.#noteObstacles();
    this.#sayOrGiveUp();
  }

  /** An address did not become a connection, for now. */
  failed(address: string, reason: string): void {
    if (this.#rings.current) return;
    this.#obstacles.failed(address, reason);
    this.#settle(address);
  }

  connected(peer: NodeId, address: string): void {
    this.#addresses.set(peer, address);
    this.#obstacles.connected(address);
    if (this.#rings.current) return;
    this.#noteObstacles();
    this.ask();
  }

  disconnected(peer: NodeId): void {
    this.#addresses.delete(peer);
    this.#obstacles.disconnected(peer);
    this.#noteObstacles();
  }

  /** Whom it has met it says when it may found, or be founded with: another may do so at once. */
  #request(peers: JoinRequest['peers']): JoinRequest {
    const { self: member, expect, partitions, replicas, writeQuorum, readQuorum } = this.#settings;
    const numbers = { expect, partitions, replicas, writeQuorum, readQuorum };
    return { member, ...numbers, met: this.#hasUnheard ? [] : this.#meeting.met, peers };
  }

  /** When it was the last one that was waited for, the others are told whom we have met. */
  #settle(address: string | undefined): void {
    const hadUnheard = this.#hasUnheard;
    if (address !== undefined) this.#settled.add(address);
    if (hadUnheard && !this.#hasUnheard) return this.ask();
    this.#foundIfAllMet();
    this.#noteObstacles();
  }

  /** A ring that names us, or one that says at least where the members are. */
  #learn(text: string, from: NodeId): void {
    this.#meeting.end();
    if (this.#rings.learn(text, from) !== undefined) return;
    for (const { address } of membersIn(text)) this.heardOf(address);
  }

  /** Of a member of the cluster that is to be joined. */
  heardOf(address: string): void {
    if (this.#rings.current || address === this.#settings.self.address) return;
    this.#heard.add(address);
    this.#transport.introduce(address);
  }

  /** Another node asks for a place. */
  answer(text: string): Answer {
    const nothing: Answer = { refusal: '', waitsFor: '', ring: undefined };
    let request: JoinRequest;
    try {
      request = parseRequest(text);
    } catch (error) {
      const refusal = `the request to join is malformed: ${(error as Error).message}`;
      return { ...nothing, refusal };
    }
    const ring = this.#rings.current;
    const known = this.#meeting.met.length;
    const verdict = ring
      ? judgeNewcomer(ring, request, this.#settings.self.id, {
          isReachable: this.#isReachable,
          statusOf: (id) => this.#membership.statusOf(id),
        })
      : this.#meeting.hear(request);
    switch (verdict.kind) {
      case 'refused':
        return { ...nothing, refusal: verdict.reason };
      case 'member':
        return { ...nothing, ring: ring && formatRing(ring) };
      case 'waits':
        this.#foundIfAllMet();
        // What is new is told at once: who founds waits to hear it from everybody.
        if (this.#meeting.met.length > known) this.ask();
        // So that it knows at least where the members are.
        return { refusal: '', waitsFor: verdict.waitsFor, ring: ring && formatRing(ring) };
      case 'welcome':
        this.#wishes.join(request.member);
        return {
          ...nothing,
          waitsFor: 'the members to agree on it',
          ring: ring && formatRing(ring),
        };
    }
  }

  #foundIfAllMet(): void {
    const { outcome } = this.#meeting;
    if (!outcome || this.#rings.current) return;
    if (outcome.type === 'all.met' && this.#hasUnheard) return;
    this.#rings.send(outcome);
  }

  /**
   * Whether somebody it was told to join by may have a ring, and could not say so yet. Not for
   * long: an address may be another name of one that has answered.
   */
  get #hasUnheard(): boolean {
    const { introducers, self } = this.#settings;
    const now = this.#clock.monotonic();
    if (now - (this.#askedFirstAt ?? now) >= HEAR_MS) return false;
    return introducers.some((each) => each !== self.address && !this.#settled.has(each));
  }

  #noteObstacles(): void {
    const sentence = this.#obstacles.sentence(this.#meeting.waitsFor);
    if (this.#rings.current || sentence === this.#waitsFor) return;
    this.#waitsFor = sentence;
    this.#onWaiting(sentence);
  }

  /** Now and then for people what is missing, however often that changes meanwhile. */
  #sayOrGiveUp(): void {
    if (this.#rings.current) return;
    const now = this.#clock.monotonic();
    const { joinTimeoutMs = Infinity } = this.#settings;
    const waitedMs = now - this.#since;
    const waitsFor = this.#waitsFor || 'an answer';
    if (waitedMs >= joinTimeoutMs) {
      const reason = `no ring within ${joinTimeoutMs} ms: it still waits for ${waitsFor}`;
      return this.#rings.send({ type: 'join.refused', reason });
    }
    if (now < this.#nextLine.at) return;
    const pauseMs = Math.min(2 * this.#nextLine.pauseMs, SAY_AGAIN_MS.longest);
    this.#nextLine = { at: now + pauseMs, pauseMs };
    this.#log('warn', 'join.waiting', { seconds: Math.round(waitedMs / 1000), for: waitsFor });
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

function parseRequest(text: string): JoinRequest {
  const request = JSON.parse(text) as JoinRequest;
  if (!Array.isArray(request.met)) throw new Error('met is not a list');
  if (!Array.isArray(request.peers)) throw new Error('peers is not a list');
  const isOdd = (number: unknown) => number !== undefined && !Number.isInteger(number);
  const odd = SHARED_NUMBERS.find((name) => isOdd(request[name]));
  if (odd !== undefined) throw new Error(`${odd} is not a number`);
  const met = request.met.map(parseMember);
  return { ...request, member: parseMember(request.member), met };
}
