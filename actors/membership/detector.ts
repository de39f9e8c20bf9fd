/**
 * SWIM's failure detector with Lifeguard's corrections, without time, network or randomness of its
 * own: each call takes one event and leaves its effects in the outbox. What it waits for, and when
 * that is over, is the chart's business (`machine.ts`).
 *
 * Intuition: everybody asks one other member per period "are you there?"; who gets no answer lets a
 * few others ask, so that a bad link between two is not taken for a death; who still gets none says
 * "I suspect it", and the suspect has a while to deny. The load of a node does not depend on how
 * many there are.
 *
 * References: SWIM (Das, Gupta, Motivala, DSN 2002); Lifeguard (Dadgar, Phillips, Currey, DSN-W
 * 2018); memberlist's constants.
 *
 * What deviates, and why:
 * - Probes and answers carry the sender's own claim: there is no better news of it, and a restarted
 *   process makes itself known with its first word. An answer counts if it comes from the process
 *   that we hold for the member, so a copy of its disk cannot answer for it.
 * - The suspicion names the incarnation that was probed: a member that restarted during the probe
 *   is not blamed for its predecessor.
 * - When every relay has said that it has no answer either, the verdict does not wait any longer.
 * - A denial goes to the accuser at once: two nodes that hold each other dead probe neither.
 *
 * Rejected alternative: heartbeats with an accrual detector (phi). They cost messages in proportion
 * to n², and each node decides alone where SWIM asks others first.
 */
import type { NodeId } from '../../src/core/data/version.js';
import { checkConfig, LAN, type MembershipConfig } from './config.js';
import {
  type Effect,
  Outbox,
  type RingMember,
  type SwimMessage,
  type SwimMessageOf,
} from './events.js';
import { FullExchange } from './full-exchange.js';
import { LocalHealth } from './local-health.js';
import type { Uniform } from './probing.js';
import { type Claim, compareClaims, isLive, type RosterEntry } from './roster.js';
import { sendLimit } from './rumours.js';
import { Self, type SelfInfo } from './self.js';
import { MemberView } from './view.js';

/** Probes in flight for others; beyond them, requests are ignored like lost ones. */
const RELAYS_LIMIT = 256;

interface Probe {
  readonly number: number;
  /** As it was known when the probe began. */
  readonly target: RosterEntry;
  readonly sentAt: number;
  relays: number;
  /** Relays that have sent neither an answer nor a nack. */
  readonly silent: Set<NodeId>;
}

/** A probe for somebody else; `probe` is the requester's number for it. */
interface Relay {
  readonly requester: NodeId;
  readonly probe: number;
  readonly target: NodeId;
}

export interface MembershipInput {
  readonly self: SelfInfo;
  readonly random: Uniform;
  readonly config?: MembershipConfig;
}

export class Detector {
  readonly #config: MembershipConfig;
  readonly #random: Uniform;
  readonly #out = new Outbox();
  readonly #health: LocalHealth;
  readonly #self: Self;
  readonly #view: MemberView;
  readonly #exchange: FullExchange;
  /** To peers whose connection has come up, unanswered. */
  readonly #greetings = new Map<NodeId, { readonly number: number; readonly sentAt: number }>();
  readonly #relays = new Map<number, Relay>();
  #probe: Probe | undefined;
  #lastNumber = 0;
  #periods = 0;
  /** Before this we have just come back from a suspension, and accuse nobody. */
  #accuseFrom = 0;

  /** Throws `RangeError` if the configuration makes no sense. */
  constructor({ self, random, config = LAN }: MembershipInput) {
    this.#config = checkConfig(config);
    this.#random = random;
    this.#health = new LocalHealth(config);
    this.#self = new Self(self);
    const shared = { self: this.#self, config, random, out: this.#out };
    this.#view = new MemberView({ ...shared, health: this.#health });
    this.#exchange = new FullExchange({ ...shared, view: this.#view });
  }

  /** The effects since the last call, in order. */
  effects(): Effect[] {
    return this.#out.take();
  }

  /** For people. `since` is the monotonic time of the last change of status. */
  status(at: number) {
    const { id, address, bootId, incarnation, status } = this.#self.claim;
    return {
      self: { id, address, bootId, incarnation, status },
      localHealth: this.#health.score,
      rumours: this.#view.rumours,
      members: [...this.#exchange.visible(at)],
    };
  }

  /** What of it is worth a look while it works, for people. */
  toJSON() {
    return {
      probing: this.#probe?.target.id ?? 'nobody',
      suspects: this.#view.suspects,
      localHealth: this.#health.score,
      incarnation: this.#self.claim.incarnation,
    };
  }

  /** The incarnation of this boot is on disk: takes part from now on. */
  start(incarnation: number): void {
    this.#self.persisted(incarnation);
    this.#view.announceSelf();
    // Nodes that start together must not go on in step.
    this.#periods = Math.floor(this.#random() * this.#config.retryDeadPeriods);
    this.#setPeriod(this.#random() * this.#config.periodMs);
    this.#out.setTimer('sync', this.#random() * this.#config.periodMs, { type: 'sync.due' });
  }

  get hasTarget(): boolean {
    return this.#view.roster.live > 0;
  }

  isTarget(id: NodeId): boolean {
    const entry = this.#view.roster.get(id);
    return entry !== undefined && isLive(entry);
  }

  /** Whether a message proves that the member we are probing lives. */
  answersProbe(message: SwimMessage): boolean {
    if (message.type !== 'swim.ack' || !this.#probe) return false;
    const { probe, sender } = message;
    if (probe !== this.#probe.number || sender.id !== this.#probe.target.id) return false;
    const entry = this.#view.roster.get(sender.id)!;
    return sender.bootId === entry.bootId || compareClaims(sender, entry) > 0;
  }

  /** Whether with this message the last relay says that it has no answer either. */
  isLastNack(from: NodeId, message: SwimMessage): boolean {
    if (message.type !== 'swim.nack' || message.probe !== this.#probe?.number) return false;
    return this.#probe.silent.size === 1 && this.#probe.silent.has(from);
  }

  /** A period begins; there is a target. */
  probeNext(at: number, lateByMs: number): void {
    const { pingTimeoutMs, periodMs } = this.#config;
    this.#beginPeriod(at, lateByMs);
    const id = this.#view.probeOrder.take((candidate) => this.isTarget(candidate))!;
    const target = this.#view.roster.get(id)!;
    const number = this.#ping(id);
    this.#probe = { number, target, sentAt: at, relays: 0, silent: new Set() };
    this.#out.setTimer('ack', this.#health.scale(pingTimeoutMs), { type: 'ack.timedOut' });
    this.#setPeriod(this.#health.scale(periodMs));
  }

  /** A period begins, and there is nobody to probe. */
  rest(at: number, lateByMs: number): void {
    this.#beginPeriod(at, lateByMs);
    this.#setPeriod(this.#config.periodMs);
  }

  /** The target did not answer in time: lets others try. */
  askRelays(at: number, lateByMs: number): void {
    this.#noteLateness(at, lateByMs);
    const probe = this.#probe!;
    const { number, target } = probe;
    const { indirectProbes, periodMs, pingTimeoutMs, lifeguard } = this.#config;
    for (const relay of this.#view.roster.sampleLive(indirectProbes, this.#random, target.id)) {
      probe.relays++;
      probe.silent.add(relay);
      const rumours = this.#view.newsFor(relay);
      const request = { probe: number, target: target.id, rumours };
      this.#out.send(relay, { type: 'swim.pingRequest', ...request });
    }
    // However late we are, the relays get their time.
    if (lifeguard) this.#setPeriod(this.#health.scale(periodMs - pingTimeoutMs));
  }

  /**
   * Neither the target nor a relay answered: the target is suspected, unless we are to blame. A
   * late end of the period counts against us when the next one begins.
   */
  judge(at: number, lateByMs: number): void {
    const { target, relays, silent } = this.#probe!;
    this.#probe = undefined;
    if (this.#isLate(lateByMs)) return;
    if (relays === 0) this.#health.probeFailedAlone();
    else this.#health.probeFailed(silent.size);
    if (at >= this.#accuseFrom) this.#view.suspectMember(target, at);
  }

  /** The time of a suspect is up. */
  expireSuspicion(id: NodeId, at: number, lateByMs: number): void {
    this.#noteLateness(at, lateByMs);
    // After a suspension all suspicions have started over, this one too.
    if (at >= this.#accuseFrom) this.#view.declareDead(id, at);
  }

  /** The target of a probe for somebody else has not answered. */
  expireRelay(number: number): void {
    const relay = this.#relays.get(number);
    if (!relay) return;
    this.#relays.delete(number);
    if (!this.#config.lifeguard) return;
    const rumours = this.#view.newsFor(relay.requester);
    this.#out.send(relay.requester, { type: 'swim.nack', probe: relay.probe, rumours });
  }

  /** Time for a full exchange, and for sweeping out what is long gone. */
  sync(at: number): void {
    this.#out.setTimer('sync', this.#config.syncIntervalMs, { type: 'sync.due' });
    this.#view.roster.sweep(at, this.#config.tombstoneMs);
    this.#exchange.offerToSomeLive(at);
  }

  receive(from: NodeId, message: SwimMessage, at: number, wallMs: number): void {
    switch (message.type) {
      case 'swim.ping':
        return this.#answer(from, message, at, wallMs);
      case 'swim.ack':
        return this.#noteAck(from, message, at, wallMs);
      case 'swim.pingRequest':
        return this.#relay(from, message, at);
      case 'swim.nack':
        if (message.probe === this.#probe?.number) this.#probe.silent.delete(from);
        return this.#hear(message.rumours, from, at);
      case 'swim.sync':
        return this.#exchange.answer(from, message.roster, at);
      case 'swim.synced':
        return this.#exchange.hear(from, message.roster, at);
    }
  }

  /** A connection stands: a word to the peer, to whom we may be news, or who may be to us. */
  greet(peer: { readonly id: NodeId; readonly bootId: string }, at: number): void {
    if (!this.hasTarget) this.#exchange.offer(peer.id, at);
    // Also to those who know us: the answer tells the time.
    const number = this.#ping(peer.id);
    this.#greetings.set(peer.id, { number, sentAt: at });
  }

  /** Its connection broke: it is probed before others. */
  hurry(id: NodeId): void {
    this.#greetings.delete(id);
    if (this.isTarget(id)) this.#view.probeOrder.hurry(id);
  }

  adoptRing(members: readonly RingMember[], at: number): void {
    const self = this.#self.claim.id;
    const others = members.filter(({ id }) => id !== self);
    this.#view.roster.setRing(others.map(({ id }) => id));
    for (const member of others) {
      if (!this.#view.roster.get(member.id)) this.#view.assume(member, at);
    }
  }

  /** A raised incarnation is on disk: our denial may be heard. */
  deny(incarnation: number): void {
    this.#self.persisted(incarnation);
    for (const accuser of this.#view.announceSelf()) this.#ping(accuser);
  }

  /** Tells as many as a rumour would reach from here, and stays one period to answer. */
  leave(): void {
    this.#probe = undefined;
    this.#out.clearTimer('ack');
    this.#self.leave();
    this.#view.announceSelf();
    const told = sendLimit(this.#view.size, this.#config.rumourMultiplier);
    for (const id of this.#view.roster.sampleLive(told, this.#random)) this.#ping(id);
    this.#setPeriod(this.#config.periodMs);
  }

  #setPeriod(delayMs: number): void {
    this.#out.setTimer('period', delayMs, { type: 'period.elapsed' });
  }

  #beginPeriod(at: number, lateByMs: number): void {
    this.#noteLateness(at, lateByMs);
    this.#periods++;
    if (this.#periods % this.#config.retryDeadPeriods === 0) this.#exchange.offerToSomeDead(at);
  }

  /** Whether a timer came so late that we, not the others, were away. */
  #isLate(lateByMs: number): boolean {
    const { lifeguard, lateTimerMs } = this.#config;
    return lifeguard && lateByMs > this.#health.scale(lateTimerMs);
  }

  #noteLateness(at: number, lateByMs: number): void {
    const { gapPeriods, periodMs } = this.#config;
    if (this.#isLate(lateByMs)) this.#health.timerWasLate();
    if (lateByMs <= gapPeriods * periodMs) return;
    this.#accuseFrom = at + periodMs;
    this.#view.restartSuspicions(at);
  }

  #ping(target: NodeId): number {
    this.#lastNumber = (this.#lastNumber + 1) >>> 0;
    const rumours = this.#view.newsFor(target);
    const ping = { probe: this.#lastNumber, target, sender: this.#self.claim, rumours };
    this.#out.send(target, { type: 'swim.ping', ...ping });
    return this.#lastNumber;
  }

  #answer(from: NodeId, ping: SwimMessageOf<'swim.ping'>, at: number, wallMs: number): void {
    const sender = this.#self.claim;
    // Meant for somebody else: the prober's address book is wrong, and we do not answer for it.
    if (ping.target !== sender.id) return;
    this.#view.hearClaim(ping.sender, from, at);
    this.#hear(ping.rumours, from, at);
    const rumours = this.#view.newsFor(from, ping.sender);
    this.#out.send(from, { type: 'swim.ack', probe: ping.probe, sender, wallMs, rumours });
  }

  #noteAck(from: NodeId, ack: SwimMessageOf<'swim.ack'>, at: number, wallMs: number): void {
    const relay = this.#relays.get(ack.probe);
    if (this.answersProbe(ack)) this.#settleProbe(from, ack, at, wallMs);
    else if (relay?.target === ack.sender.id) this.#passOn(relay, ack);
    const greeting = this.#greetings.get(from);
    if (greeting?.number === ack.probe) {
      this.#greetings.delete(from);
      this.#tellOffset(from, ack, greeting.sentAt, at, wallMs);
    }
    this.#view.hearClaim(ack.sender, from, at);
    this.#hear(ack.rumours, from, at);
  }

  #settleProbe(from: NodeId, ack: SwimMessageOf<'swim.ack'>, at: number, wallMs: number): void {
    const { target, sentAt } = this.#probe!;
    this.#probe = undefined;
    this.#out.clearTimer('ack');
    this.#health.probeAnswered();
    // By way of a relay the clock reading is of an unknown age.
    if (from === target.id) this.#tellOffset(from, ack, sentAt, at, wallMs);
  }

  #tellOffset(
    from: NodeId,
    ack: SwimMessageOf<'swim.ack'>,
    sentAt: number,
    at: number,
    wallMs: number,
  ): void {
    const roundTripMs = at - sentAt;
    const offsetMs = ack.wallMs - (wallMs - roundTripMs / 2);
    this.#out.tell({ type: 'clock.offset', at, id: from, offsetMs, roundTripMs });
  }

  #relay(from: NodeId, request: SwimMessageOf<'swim.pingRequest'>, at: number): void {
    this.#hear(request.rumours, from, at);
    if (this.#relays.size >= RELAYS_LIMIT) return;
    const { probe, target } = request;
    const number = this.#ping(target);
    this.#relays.set(number, { requester: from, probe, target });
    const delayMs = this.#config.pingTimeoutMs * this.#config.nackFraction;
    this.#out.setTimer(`relay:${number}`, delayMs, { type: 'relay.timedOut', relay: number });
  }

  #passOn(relay: Relay, ack: SwimMessageOf<'swim.ack'>): void {
    this.#relays.delete(ack.probe);
    this.#out.clearTimer(`relay:${ack.probe}`);
    const rumours = this.#view.newsFor(relay.requester);
    this.#out.send(relay.requester, { ...ack, probe: relay.probe, rumours });
  }

  #hear(claims: readonly Claim[], from: NodeId, at: number): void {
    for (const claim of claims) this.#view.hearClaim(claim, from, at);
  }
}
