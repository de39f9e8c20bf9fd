/**
 * Hosts the membership actor: its timers, its messages and its incarnation, and what the others
 * want to know of it.
 *
 * The actor ends before its node does: connections stand, and the disk answers, a little longer.
 * What they bring then is for nobody, and is dropped here.
 */
import type { ActorRefFrom } from 'xstate';
import { LAN } from '../../../actors/membership/config.js';
import type { Effect, MembershipFact, SwimMessage } from '../../../actors/membership/events.js';
import { membershipMachine } from '../../../actors/membership/machine.js';
import { type DiskTrust, vouchesForUs } from '../../../actors/node/disk-trust.js';
import type { NodeId } from '../../core/data/version.js';
import type { MemberStatus } from '../../core/status.js';
import type { Clock, PeerInfo, Store, Transport } from '../../ports.js';
import { ActorHost } from '../actor-host.js';
import { every } from '../base/timers.js';
import { type Identity, RESERVED, saveIdentity } from '../identity.js';

/**
 * In its own life a node raises its incarnation by this much above all that is on its disk: as soon
 * as another one vouches for that, and then now and then. A boot raises it by one. So a disk
 * from before a raise boots with a number that is too low, and has to boot unheard so many times,
 * each time in vain, before it is not.
 */
const RAISE = 32;

/**
 * Who stood still for longer than others suspect it, at least, before they give it up, may have
 * missed something. After less, what they sent still arrives: whoever came back is heard of, and a
 * node that is slow now and then counts on.
 */
const STOOD_STILL_MS = LAN.suspicionMultiplier * LAN.periodMs;
/** How often it looks whether it has: what is seen as so long was at most this much shorter. */
const LOOK_MS = 500;

type MembershipActor = ActorRefFrom<typeof membershipMachine>;
type Timer = Extract<Effect, { type: 'setTimer' }>['params'];

export class MembershipHost {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #identity: Identity;
  readonly #timers = new Map<string, unknown>();
  /** What the facts said last, and when. */
  readonly #status = new Map<NodeId, { status: MemberStatus; at: number }>();
  /** Since when we would have heard of it had somebody come back. */
  #watchesSince = 0;
  #lookedAt = 0;
  /** We take half of the ring's present members, or more, for dead. */
  #isCutOff = false;
  #present: readonly NodeId[] = [];
  /** Of the ring's members, the incarnations that were heard of before the ring was adopted. */
  #seen: Map<NodeId, number>;
  /** The highest incarnation that was used, or is to be when it is on the disk. */
  #wanted: number;
  /** What the disk rules out for later lives, or will when what is on its way has arrived. */
  #saved: number;
  /** The highest that this life may use: the disk rules it out for later ones. */
  #reserved = 0;
  #hasRenounced = false;
  readonly #trust: DiskTrust;
  readonly #onTrust: () => void;
  readonly #actor = new ActorHost<MembershipActor>('membership');

  constructor(options: {
    clock: Clock;
    store: Store;
    transport: Transport;
    identity: Identity;
    /** Is told what peers say of our disk. */
    trust: DiskTrust;
    /** Called when it is known: somebody vouches for it, nobody is left to, or one denies it. */
    onTrust: () => void;
  }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#transport = options.transport;
    this.#identity = options.identity;
    this.#trust = options.trust;
    this.#onTrust = options.onTrust;
    this.#seen = new Map(Object.entries(options.identity.seen));
    this.#wanted = options.identity.incarnation;
    this.#saved = options.identity.incarnation;
  }

  /** The chart with its effects. */
  get machine(): typeof membershipMachine {
    return membershipMachine.provide({
      actions: {
        sendMessage: (_, { to, message }) => {
          // A probe that cannot leave is a probe without an answer.
          this.#transport.send(to, message);
        },
        setTimer: (_, timer) => this.#setTimer(timer),
        clearTimer: (_, { id }) => this.#clearTimer(id),
        persistIncarnation: (_, { incarnation }) => this.#persist(incarnation),
        connect: (_, { address }) => this.#transport.introduce(address),
      },
    });
  }

  get #now(): number {
    return this.#clock.monotonic();
  }

  /** To be called before anything else: the actor, which may not have begun its work. */
  attach(actor: MembershipActor): void {
    this.#actor.attach(actor);
    actor.on('*', (fact) => this.note(fact));
    this.#lookedAt = this.#now;
    const stopLooking = every(this.#clock, LOOK_MS, () => this.#look());
    const end = () => {
      stopLooking();
      this.#clearTimers();
    };
    actor.subscribe({ complete: end, error: end });
  }

  /** This boot's incarnation is on disk. */
  start(): void {
    const { incarnation } = this.#identity;
    this.#reserved = incarnation;
    this.#use(incarnation);
  }

  note(fact: MembershipFact): void {
    if (!isOfStatus(fact)) return;
    const status = fact.type.slice('member.'.length) as MemberStatus;
    this.#status.set(fact.id, { status, at: fact.at });
    this.#noteCutOff();
  }

  /** A member is dead, or has left: it is not waited for until our disk can be trusted. */
  lost(member: NodeId): void {
    this.#learn(() => this.#trust.lost(member));
  }

  /** Somebody has heard of a later life of ours. */
  denied(): void {
    this.#trust.deny();
    this.#onTrust();
  }

  /** Of a member nobody has spoken of yet: undefined. */
  statusOf(member: NodeId): MemberStatus | undefined {
    return this.#status.get(member)?.status;
  }

  /**
   * Undefined if it is not dead. Begins anew when this node has stood still, and when too many
   * members that it took for dead are there again: it may have lived and died meanwhile.
   */
  deadForMs(member: NodeId): number | undefined {
    const known = this.#status.get(member);
    if (known?.status !== 'dead') return undefined;
    // We may be asked before our own timer has its turn again.
    this.#look();
    return this.#now - Math.max(known.at, this.#watchesSince);
  }

  #look(): void {
    if (this.#now - this.#lookedAt >= STOOD_STILL_MS) this.#watchesSince = this.#now;
    this.#lookedAt = this.#now;
  }

  #noteCutOff(): void {
    const isGone = (id: NodeId) => ['dead', 'left'].includes(this.statusOf(id) ?? '');
    const { length } = this.#present;
    const isCutOff = length > 0 && 2 * this.#present.filter(isGone).length >= length;
    if (this.#isCutOff && !isCutOff) this.#watchesSince = this.#now;
    this.#isCutOff = isCutOff;
  }

  receive(from: NodeId, message: SwimMessage): void {
    const wallMs = this.#clock.now();
    this.#actor.send({ type: 'message.received', at: this.#now, wallMs, from, message });
    if (vouchesForUs(from, message)) this.#learn(() => this.#trust.vouched(from));
  }

  /** Something that our disk may be trusted for. */
  #learn(tell: () => void): void {
    if (this.#trust.trust !== 'unknown') return;
    tell();
    if (!this.#trust.isTrusted) return;
    this.raise();
    this.#onTrust();
  }

  /** Raises our incarnation, so that an older copy of this disk can be told from it. */
  raise(): void {
    this.#persist(this.#saved + RAISE);
  }

  /** Tells the others that we leave for good. */
  leave(): void {
    this.#actor.send({ type: 'leave', at: this.#now });
  }

  /** From now on the disk belongs to somebody else: nothing more is written about us. */
  renounce(): void {
    this.#hasRenounced = true;
  }

  #persist(wanted: number): void {
    if (this.#hasRenounced) return;
    const isReserved = wanted <= this.#reserved;
    // The disk may be stuck for longer than others wait for a denial.
    if (isReserved) this.#use(wanted);
    const incarnation = Math.max(wanted, this.#wanted);
    this.#wanted = incarnation;
    this.#save(() => {
      if (!isReserved) this.#use(incarnation);
    });
  }

  /** Numbers for denials, once this disk is known to be the newest. */
  #reserve(): void {
    const isReserved = this.#saved >= this.#wanted + RESERVED;
    if (this.#trust.isTrusted && !isReserved) this.#save(() => undefined);
  }

  #save(done: () => void): void {
    if (this.#hasRenounced) return;
    const last = this.#wanted + (this.#trust.isTrusted ? RESERVED : 0);
    // What is on its way to the disk must not be followed by something lower.
    const incarnation = Math.max(last, this.#saved);
    this.#saved = incarnation;
    const seen = Object.fromEntries(this.#heard());
    saveIdentity(this.#store, { ...this.#identity, incarnation, seen }, () => {
      this.#reserved = incarnation;
      done();
    });
  }

  #use(incarnation: number): void {
    this.#actor.send({ type: 'incarnation.persisted', at: this.#now, incarnation });
  }

  /**
   * The incarnations of the ring's members that this life of ours has heard of, or one before it.
   * No fact tells of one that is alive as before, and has only raised its own.
   */
  #heard(): Map<NodeId, number> {
    const heard = new Map(this.#seen);
    for (const { id, incarnation } of this.status().members) {
      const before = heard.get(id);
      if (before !== undefined) heard.set(id, Math.max(before, incarnation));
    }
    return heard;
  }

  peerUp(peer: PeerInfo): void {
    this.#actor.send({ type: 'peer.up', at: this.#now, peer });
  }

  peerDown(id: NodeId): void {
    this.#actor.send({ type: 'peer.down', at: this.#now, id });
  }

  /** `present`: those of the members who own something, and are not only to come. */
  adoptRing(all: readonly { id: NodeId; address: string }[], present: readonly NodeId[]): void {
    const heard = this.#heard();
    const members = all.map(({ id, address }) => {
      return { id, address, incarnation: heard.get(id) ?? 0 };
    });
    this.#seen = new Map(members.map(({ id, incarnation }) => [id, incarnation]));
    this.#present = present;
    this.#noteCutOff();
    this.#actor.send({ type: 'ring.adopted', at: this.#now, members });
    this.#reserve();
  }

  /** Of the chart. */
  get state(): string {
    return this.#actor.state;
  }

  /** For people: of each member the status, and for how long it has had it. */
  status() {
    const at = this.#now;
    const { members, ...own } = this.#actor.snapshot.context.detector.status(at);
    return {
      ...own,
      members: members
        .map(({ since, ...member }) => ({ ...member, forMs: Math.round(at - since) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  }

  /** Delivered one turn after it is due, behind what had arrived by then. */
  #setTimer({ id, delayMs, fires }: Timer): void {
    this.#clearTimer(id);
    const due = this.#now + delayMs;
    const fire = () => {
      const lateByMs = Math.max(0, this.#now - due);
      const deliver = () => {
        this.#timers.delete(id);
        this.#actor.send({ ...fires, at: this.#now, lateByMs });
      };
      this.#timers.set(id, this.#clock.setTimeout(deliver, 0));
    };
    this.#timers.set(id, this.#clock.setTimeout(fire, delayMs));
  }

  #clearTimer(id: string): void {
    this.#clock.clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #clearTimers(): void {
    for (const id of [...this.#timers.keys()]) this.#clearTimer(id);
  }
}

type StatusFact = Extract<MembershipFact, { type: `member.${MemberStatus}` }>;

function isOfStatus(fact: MembershipFact): fact is StatusFact {
  return /^member\.(alive|suspect|dead|left)$/.test(fact.type);
}
