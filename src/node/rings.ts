/**
 * Runs the ring manager: keeps the ring in force on disk, votes on the next one, proposes it when
 * there is a reason to, and passes decided rings on. The decisions are in `actors/ring`.
 */
import type { ActorRefFrom } from 'xstate';
import type { RingEvent, ringMachine } from '../../actors/ring/machine.js';
import * as paxos from '../../actors/ring/paxos.js';
import { computeLayout } from '../core/layout.js';
import type { MessageOf } from '../core/messages.js';
import {
  allMembers,
  byMemberId,
  gainingMembers,
  InvalidRing,
  type Member,
  parseMember,
  parseRing,
  type Ring,
  settledRing,
} from '../core/ring.js';
import type { NodeId } from '../core/version.js';
import type { Clock, Log, Random, Store, Transport } from '../ports.js';
import type { Calls } from './calls.js';

const META_RING = 'ring';
const CALL_TIMEOUT_MS = 2000;
const MAX_PARKED = 10_000;
/** The members propose the end of a transition one after the other, not all at once. */
const TURN_MS = 300;

export interface RingSettings {
  readonly self: Member;
  readonly introducers: readonly string[];
  readonly partitions: number;
  readonly replicas: number;
}

interface Parked {
  readonly epoch: number;
  readonly run: () => void;
}

export class Rings {
  readonly #settings: RingSettings;
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #calls: Calls;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #actor!: ActorRefFrom<typeof ringMachine>;
  /** Of the newest ring that is on disk or on its way there. */
  #writtenEpoch = 0;
  #ring: Ring | undefined;
  /** Of the last ring that was handed to the disk: an older one must not overwrite it. */
  #saving = 0;
  /** The highest ballot round heard of for the ring that is being decided. */
  #round = 0;
  readonly #joining = new Map<NodeId, Member>();
  readonly #pulled = new Set<NodeId>();
  #parked: Parked[] = [];

  constructor(options: {
    settings: RingSettings;
    store: Store;
    transport: Transport;
    calls: Calls;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#settings = options.settings;
    this.#store = options.store;
    this.#transport = options.transport;
    this.#calls = options.calls;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
  }

  get current(): Ring | undefined {
    return this.#ring;
  }

  get epoch(): number {
    return this.#ring?.epoch ?? 0;
  }

  /** Starts with what the disk holds: a ring, or none, which means to found or to join. */
  start(actor: ActorRefFrom<typeof ringMachine>): void {
    this.#actor = actor;
    const stored = this.#store.meta(META_RING);
    if (stored) {
      const ring = parseRing(stored);
      this.#writtenEpoch = ring.epoch;
      this.#putInForce(ring);
      // All members may have moved; and who is to join another cluster has to hear why not.
      for (const address of this.#settings.introducers) this.#transport.introduce(address);
    } else this.#send({ type: 'ring.missing', join: this.#settings.introducers.length > 0 });
  }

  /** Runs when the ring is at least `epoch`, fetching it from `source`; false if too many wait. */
  whenAtLeast(epoch: number, source: NodeId, run: () => void): boolean {
    if (this.epoch >= epoch) run();
    else if (this.#parked.length >= MAX_PARKED) return false;
    else {
      if (this.#parked.length === 0) this.fetchFrom(source);
      this.#parked.push({ epoch, run });
    }
    return true;
  }

  fetchFrom(peer: NodeId): void {
    this.#transport.send(peer, { type: 'ring.fetch', epoch: this.epoch });
  }

  /** Takes a ring that was decided, if it is newer and ours. */
  learn(json: string, from: NodeId): void {
    try {
      const ring = parseRing(json);
      const known = this.#ring;
      if (known ? known.clusterId !== ring.clusterId : !names(ring, this.#settings.self.id)) return;
      if (ring.epoch > Math.max(this.epoch, this.#saving)) this.#adopt(ring, json);
    } catch (error) {
      if (!(error instanceof InvalidRing)) throw error;
      this.#log('warn', 'ring.invalid', { from, reason: error.message });
    }
  }

  /** An older ring that comes while a newer one is being written must not replace it on disk. */
  #adopt(ring: Ring, json = JSON.stringify(ring)): void {
    if (ring.epoch <= this.#writtenEpoch) return;
    this.#writtenEpoch = ring.epoch;
    this.#store.setMeta(META_RING, json, () => {
      if (ring.epoch > this.epoch) this.#putInForce(ring);
    });
  }

  #putInForce(ring: Ring): void {
    this.#ring = ring;
    this.#round = 0;
    this.#pulled.clear();
    for (const member of allMembers(ring)) this.#joining.delete(member.id);
    this.#transport.setCluster(ring.clusterId);
    const others = allMembers(ring).filter(({ id }) => id !== this.#settings.self.id);
    this.#transport.setPeers(others.map(({ id, address }) => ({ id, address })));
    this.#send({ type: 'ring.adopted', ring });
    const ready = this.#parked.filter(({ epoch }) => epoch <= ring.epoch);
    this.#parked = this.#parked.filter(({ epoch }) => epoch > ring.epoch);
    for (const { run } of ready) run();
  }

  foundCluster(): void {
    const { self, partitions, replicas } = this.#settings;
    const members = [self];
    const layout = computeLayout({ members, partitions, replicas });
    const clusterId = this.#random.hex(32);
    this.#adopt({ clusterId, epoch: 1, replicas, members, layout });
  }

  askToJoin(): void {
    for (const address of this.#settings.introducers) this.#transport.introduce(address);
    const { self, partitions, replicas } = this.#settings;
    const member = JSON.stringify({ ...self, partitions, replicas });
    for (const peer of this.#transport.connected()) {
      this.#calls.request(peer, 'ring.join', { member }, CALL_TIMEOUT_MS, (reply) => {
        if (typeof reply === 'string') return;
        if (reply.refusal) this.#send({ type: 'join.refused', reason: reply.refusal });
        else if (reply.ring) this.learn(reply.ring, peer);
      });
    }
  }

  /** A node asks to be a member: noted, and proposed as soon as no other change is under way. */
  join(request: MessageOf<'ring.join'>, reply: (message: MessageOf<'ring.joining'>) => void): void {
    const answer = (refusal: string, ring?: Ring) =>
      reply({
        type: 'ring.joining',
        call: request.call,
        refusal,
        ring: ring && JSON.stringify(ring),
      });
    const ring = this.#ring;
    if (!ring) return answer('');
    try {
      const wish = JSON.parse(request.member) as { partitions?: unknown; replicas?: unknown };
      const member = parseMember(wish);
      if (names(ring, member.id)) return answer('', ring);
      const refusal = this.#objection(ring, member, wish);
      if (refusal) return answer(refusal);
      this.#joining.set(member.id, member);
      answer('');
      this.checkForChanges();
    } catch (error) {
      answer(`the request to join is malformed: ${(error as Error).message}`);
    }
  }

  #objection(
    ring: Ring,
    member: Member,
    wish: { partitions?: unknown; replicas?: unknown },
  ): string | undefined {
    const holder = allMembers(ring).find(({ address }) => address === member.address);
    if (holder) return `the address ${member.address} belongs to member ${holder.id}`;
    const partitions = ring.layout.length;
    if (wish.partitions !== partitions) return `this cluster has --partitions ${partitions}`;
    if (wish.replicas !== ring.replicas) return `this cluster has --replicas ${ring.replicas}`;
    return undefined;
  }

  checkForChanges(): void {
    if (this.#joining.size > 0) this.#send({ type: 'change.wanted' });
  }

  #nextRing(ring: Ring): Ring {
    if (ring.transition) return settledRing(ring);
    const { clusterId, replicas, layout } = ring;
    const members = [...ring.members, ...this.#joining.values()].sort(byMemberId);
    const coming = computeLayout({
      previous: { members: ring.members, layout },
      members,
      partitions: layout.length,
      replicas,
    });
    const transition = { members, layout: coming };
    return {
      clusterId,
      epoch: ring.epoch + 1,
      replicas,
      members: ring.members,
      layout,
      transition,
    };
  }

  /** One Paxos round for the next ring; `ring.adopted` or `round.lost` follows. */
  startRound(): void {
    const ring = this.#ring!;
    this.#round++;
    const ballot = { round: this.#round, node: this.#settings.self.id };
    const round = new paxos.Round(ring, ballot);
    const own = JSON.stringify(this.#nextRing(ring));
    let open = true;
    const lose = () => {
      open = false;
      this.#round = Math.max(this.#round, round.seen.round);
      if (this.epoch === ring.epoch) this.#send({ type: 'round.lost' });
    };
    const accept = () => {
      open = false;
      this.#acceptPhase(round, round.proposal(own), ring);
    };
    for (const voter of round.voters) {
      const body = { epoch: round.epoch, ballot };
      this.#calls.request(voter, 'ring.prepare', body, CALL_TIMEOUT_MS, (reply) => {
        if (!open) return;
        const verdict =
          typeof reply === 'string'
            ? round.unanswered(voter, 'prepare')
            : round.promised(voter, reply);
        if (verdict === 'reached') accept();
        else if (verdict === 'impossible') lose();
      });
    }
  }

  #acceptPhase(round: paxos.Round, proposal: string, ring: Ring): void {
    let open = true;
    for (const voter of round.voters) {
      const body = { epoch: round.epoch, ballot: round.ballot, ring: proposal };
      this.#calls.request(voter, 'ring.accept', body, CALL_TIMEOUT_MS, (reply) => {
        if (!open) return;
        const verdict =
          typeof reply === 'string'
            ? round.unanswered(voter, 'accept')
            : round.accepted(voter, reply);
        if (verdict === 'open') return;
        open = false;
        if (verdict === 'reached') {
          this.#spread(proposal);
        } else if (this.epoch === ring.epoch) {
          this.#round = Math.max(this.#round, round.seen.round);
          this.#send({ type: 'round.lost' });
        }
      });
    }
  }

  /** Decided: tells everyone concerned. Who misses it learns it from the next request or hello. */
  #spread(json: string): void {
    const ring = parseRing(json);
    for (const { id } of [...allMembers(this.#ring!), ...allMembers(ring)]) {
      if (id !== this.#settings.self.id) {
        this.#transport.send(id, { type: 'ring.decided', ring: json });
      }
    }
    this.learn(json, this.#settings.self.id);
  }

  /** Sends our ring to a peer whose ring is older. */
  answerFetch(to: NodeId, epoch: number): void {
    if (!this.#ring || this.epoch <= epoch) return;
    this.#transport.send(to, { type: 'ring.decided', ring: JSON.stringify(this.#ring) });
  }

  /** A member has pulled all it gains in this epoch's transition. */
  notePulled(member: NodeId, epoch: number): void {
    if (epoch !== this.epoch) return;
    this.#pulled.add(member);
    this.checkPulls();
  }

  checkPulls(): void {
    const ring = this.#ring;
    if (!ring?.transition) return;
    if (!gainingMembers(ring).every((member) => this.#pulled.has(member))) return;
    const candidates = allMembers(ring).filter(
      ({ id }) => id === this.#settings.self.id || this.#transport.isUp(id),
    );
    const turn = candidates.findIndex(({ id }) => id === this.#settings.self.id);
    this.#clock.setTimeout(() => {
      if (this.epoch === ring.epoch) {
        this.#send({ type: 'pulls.complete', epoch: ring.epoch });
      }
    }, turn * TURN_MS);
  }

  /** Tells every member that we pulled all we gain. */
  reportPulled(epoch: number): void {
    for (const { id } of allMembers(this.#ring!)) {
      if (id !== this.#settings.self.id) this.#transport.send(id, { type: 'ring.pulled', epoch });
    }
    this.notePulled(this.#settings.self.id, epoch);
  }

  /** The actor ends before its node does; what comes then is for nobody. */
  #send(event: RingEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }

  /** What an operator sees of a change under way. */
  get progress(): { joining: NodeId[]; pulled: NodeId[]; waitingFor: NodeId[] } {
    const ring = this.#ring;
    const gaining = ring ? gainingMembers(ring) : [];
    return {
      joining: [...this.#joining.keys()],
      pulled: gaining.filter((id) => this.#pulled.has(id)),
      waitingFor: gaining.filter((id) => !this.#pulled.has(id)),
    };
  }
}

function names(ring: Ring, id: NodeId): boolean {
  return allMembers(ring).some((member) => member.id === id);
}
