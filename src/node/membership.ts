/**
 * Hosts the membership actor: its timers, its messages and its incarnation, and what the others
 * want to know of it.
 *
 * The actor ends before its node does: connections stand, and the disk answers, a little longer.
 * What they bring then is for nobody, and is dropped here.
 */
import type { ActorRefFrom } from 'xstate';
import type {
  Effect,
  MembershipEvent,
  MembershipFact,
  SwimMessage,
} from '../../actors/membership/events.js';
import { membershipMachine } from '../../actors/membership/machine.js';
import type { NodeId } from '../core/version.js';
import type { Clock, PeerInfo, Store, Transport } from '../ports.js';
import { type Identity, saveIdentity } from './identity.js';

type MembershipActor = ActorRefFrom<typeof membershipMachine>;
type Timer = Extract<Effect, { type: 'setTimer' }>['params'];
export type MemberStatus = 'alive' | 'suspect' | 'dead' | 'left';

export class Membership {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #identity: Identity;
  readonly #timers = new Map<string, unknown>();
  /** What the facts said last. */
  readonly #status = new Map<NodeId, MemberStatus>();
  #actor!: MembershipActor;

  constructor(options: {
    clock: Clock;
    store: Store;
    transport: Transport;
    identity: Identity;
  }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#transport = options.transport;
    this.#identity = options.identity;
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
        persistIncarnation: (_, { incarnation }) => {
          saveIdentity(this.#store, { ...this.#identity, incarnation }, () =>
            this.#send({ type: 'incarnation.persisted', at: this.#now, incarnation }),
          );
        },
        connect: (_, { address }) => this.#transport.introduce(address),
      },
    });
  }

  get #now(): number {
    return this.#clock.monotonic();
  }

  /** To be called before anything else: the actor, which may not have begun its work. */
  attach(actor: MembershipActor): void {
    this.#actor = actor;
    actor.subscribe({ complete: () => this.#clearTimers() });
  }

  /** This boot's incarnation is on disk. */
  start(): void {
    const { incarnation } = this.#identity;
    this.#send({ type: 'incarnation.persisted', at: this.#now, incarnation });
  }

  note(fact: MembershipFact): void {
    switch (fact.type) {
      case 'member.alive':
      case 'member.suspect':
      case 'member.dead':
      case 'member.left':
        this.#status.set(fact.id, fact.type.slice('member.'.length) as MemberStatus);
    }
  }

  /** Of a member nobody has spoken of yet: undefined. */
  statusOf(member: NodeId): MemberStatus | undefined {
    return this.#status.get(member);
  }

  receive(from: NodeId, message: SwimMessage): void {
    const wallMs = this.#clock.now();
    this.#send({ type: 'message.received', at: this.#now, wallMs, from, message });
  }

  peerUp(peer: PeerInfo): void {
    this.#send({ type: 'peer.up', at: this.#now, peer });
  }

  peerDown(id: NodeId): void {
    this.#send({ type: 'peer.down', at: this.#now, id });
  }

  adoptRing(members: readonly { id: NodeId; address: string }[]): void {
    this.#send({ type: 'ring.adopted', at: this.#now, members });
  }

  /** For people: of each member the status, and for how long it has had it. */
  status() {
    const at = this.#now;
    const { members, ...own } = this.#actor.getSnapshot().context.detector.status(at);
    return {
      ...own,
      members: members
        .map(({ since, ...member }) => ({ ...member, forMs: Math.round(at - since) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  }

  #send(event: MembershipEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }

  /** Delivered one turn after it is due, behind what had arrived by then. */
  #setTimer({ id, delayMs, fires }: Timer): void {
    this.#clearTimer(id);
    const due = this.#now + delayMs;
    const fire = () => {
      const lateByMs = Math.max(0, this.#now - due);
      const deliver = () => {
        this.#timers.delete(id);
        this.#send({ ...fires, at: this.#now, lateByMs });
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
