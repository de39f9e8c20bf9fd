/**
 * Hosts the supervisor, and through it all actors of a node: starts them, carries what one of them
 * tells to the others whom it concerns, and ends with them.
 */
import { type ActorRefFrom, type AnyActorRef, createActor } from 'xstate';
import type { DiskTrust } from '../../actors/node/disk-trust.js';
import { type NodeEvent, nodeMachine } from '../../actors/node/machine.js';
import { allMembers, type Ring } from '../core/ring/ring.js';
import type { FactBus } from '../events/fact-bus.js';
import type { Fact } from '../events/facts.js';
import { ActorHost } from './actor-host.js';
import { every } from './base/timers.js';
import type { Coordinator } from './coordinator/coordinator.js';
import type { Departure } from './departure.js';
import type { HintsHost } from './hints/host.js';
import { saveIdentity } from './identity.js';
import type { Links } from './links.js';
import type { FirstQuorum } from './membership/first-quorum.js';
import type { MembershipHost } from './membership/host.js';
import type { CurrentRing } from './ring/current-ring.js';
import type { RingHost } from './ring/host.js';
import type { Joining } from './ring/joining.js';
import type { RingWishes } from './ring/wishes.js';
import type { Calls } from './rpc/calls.js';
import type { NodePorts, NodeSettings } from './settings.js';
import type { StabilizerHost } from './stabilizer/host.js';

/** How often a node that stores something raises its incarnation: see `identity.ts`. */
const RAISE_MS = 10_000;

export interface SupervisorParts extends NodePorts {
  readonly settings: NodeSettings;
  readonly facts: FactBus;
  readonly trust: DiskTrust;
  readonly links: Links;
  readonly calls: Calls;
  readonly departure: Departure;
  readonly firstQuorum: Pick<FirstQuorum, 'look'>;
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly joining: Joining;
  /** The hosts of the other actors. */
  readonly membership: MembershipHost;
  readonly ring: RingHost;
  readonly coordinator: Coordinator;
  readonly stabilizer: StabilizerHost;
  readonly hints: HintsHost;
  /** Whether something was stored, or voted, since this was last asked. */
  readonly takeStored: () => boolean;
}

export class Supervisor {
  readonly #host = new ActorHost<ActorRefFrom<typeof nodeMachine>>('node');

  /** The state of the chart. */
  get state(): string {
    return this.#host.state;
  }

  /** Whose children all other actors are. Throws before it is started. */
  get root(): AnyActorRef {
    return this.#host.actor;
  }

  get isServing(): boolean {
    return this.state === 'serving' || this.state === 'leaving';
  }

  /** It looks whom it can reach before it serves. */
  get isReaching(): boolean {
    return this.state === 'reaching' || this.state === 'lackingMembers';
  }

  readonly tell = (event: NodeEvent): void => this.#host.send(event);

  /** A mistake of ours, or a disk that fails: nothing more can be trusted. */
  readonly fail = ({ message }: Error): void => this.tell({ type: 'disk.failed', reason: message });

  /** The cluster will not have this node, for a reason in one sentence. */
  readonly refuse = (reason: string): void => this.tell({ type: 'ring.refused', reason });

  start(parts: SupervisorParts): void {
    const { settings, facts, clock, random, store, links, membership, takeStored } = parts;
    const { id, address } = settings.self;
    const self = { id, bootId: settings.identity.bootId, address };
    const root = createActor(this.#machine(parts), {
      clock,
      input: { membership: { self, random: () => random.float() } },
    });
    this.#host.attach(root);
    store.onFailure(this.fail);
    // What follows from a fact is told after it.
    const tell = (fact: Fact) => {
      facts.tell(fact);
      try {
        this.#carry(fact, parts);
      } catch (error) {
        this.fail(error as Error);
      }
    };
    root.on('*', tell);
    let state = '';
    root.subscribe({
      next: () => {
        if (state === this.state) return;
        state = this.state;
        facts.tell({ type: 'node.changed', state });
      },
      error: (error) => tell({ type: 'node.failed', reason: String(error), cause: 'fault' }),
    });
    root.start();
    const { system } = root;
    membership.attach(system.get('membership'));
    parts.ring.attach(system.get('ring'));
    parts.coordinator.attach(system.get('coordinator'));
    parts.stabilizer.attach(system.get('stabilizer'));
    parts.hints.attach(system.get('hints'));
    for (const name of CHILDREN) system.get(name).on('*', tell);
    const raise = () => takeStored() && membership.raise();
    const { departure } = parts;
    const stops = [links.askForRings(), every(clock, RAISE_MS, raise), () => departure.stop()];
    const end = () => {
      for (const stop of stops) stop();
    };
    root.subscribe({ complete: end, error: end });
  }

  /** Resolves when the chart has come to its end. */
  async stop(): Promise<void> {
    this.tell({ type: 'node.stop' });
    if (!this.#host.isActive) return;
    await new Promise<void>((ended) =>
      this.#host.actor.subscribe({ complete: ended, error: () => ended() }),
    );
  }

  /** The chart with its effects, and those of its children with theirs. */
  #machine(parts: SupervisorParts): typeof nodeMachine {
    const { settings, store, links, departure, rings, firstQuorum } = parts;
    const { membership, ring, coordinator, stabilizer, hints } = parts;
    return nodeMachine.provide({
      actors: {
        membership: membership.machine,
        ring: ring.machine,
        coordinator: coordinator.machine,
        stabilizer: stabilizer.machine,
        hints: hints.machine,
      },
      actions: {
        persistIdentity: () =>
          saveIdentity(store, settings.identity, () => this.tell({ type: 'identity.persisted' })),
        findRing: () => {
          membership.start();
          links.start();
          rings.start();
        },
        lookAround: () => firstQuorum.look(),
        askToLeave: () => departure.begin(),
        renounceIdentity: (_, { left }) =>
          departure.renounce(left, () => this.tell({ type: 'identity.renounced' })),
        drainRequests: () => coordinator.send({ type: 'node.draining' }),
      },
    });
  }

  /** What one actor tells is carried to the others whom it concerns. */
  #carry(fact: Fact, parts: SupervisorParts): void {
    const { joining, membership, wishes, coordinator, departure, log } = parts;
    switch (fact.type) {
      case 'node.serving':
        coordinator.send({ type: 'node.serving' });
        // It was killed on its way.
        if (departure.wasAskedFor && !departure.isLastMember) this.tell({ type: 'node.leave' });
        break;
      case 'node.failed':
        log('error', fact.type, { reason: fact.reason });
        break;
      case 'member.alive':
        joining.heardOf(fact.address);
        break;
      case 'member.dead':
      case 'member.left':
        membership.lost(fact.id);
        wishes.reconsider();
        break;
      case 'identity.conflicted':
        membership.denied();
        break;
      case 'ring.changed':
        this.#ringChanged(fact.ring, parts);
        break;
      case 'ring.refused':
        this.tell(fact);
        break;
      case 'ring.left':
        this.tell({ type: 'ring.left', asked: departure.wasAskedFor });
        break;
      case 'coordinator.drained':
        this.tell({ type: 'requests.drained' });
    }
  }

  #ringChanged(ring: Ring, { membership, trust, stabilizer, calls }: SupervisorParts): void {
    const members = allMembers(ring);
    const ids = members.map(({ id }) => id);
    calls.roundTrips.keepOnly(ids);
    const present = ring.members.map(({ id }) => id);
    trust.ringAdopted(present, ids);
    membership.adoptRing(members, present);
    this.tell({ type: 'ring.ready', trust: trust.trust });
    stabilizer.ringChanged(ring);
  }
}

const CHILDREN = ['membership', 'ring', 'coordinator', 'stabilizer', 'hints'] as const;
