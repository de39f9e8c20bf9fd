/**
 * The composition root of one node: joins the actors, which decide, with the ports, through which
 * things are done. The effects that the charts name are provided here, once, and nowhere else.
 *
 * Production (`main.ts`) and the simulator call this with their own ports; nothing in here or below
 * `node/` reaches the world in another way.
 */
import {
  type ActorRefFrom,
  type AnyActorRef,
  createActor,
  type EventObject,
  type Snapshot,
} from 'xstate';
import type { CoordinatorEvent, CoordinatorFact } from '../actors/coordinator/machine.js';
import { coordinatorMachine } from '../actors/coordinator/machine.js';
import type { MembershipFact } from '../actors/membership/events.js';
import type { membershipMachine } from '../actors/membership/machine.js';
import { type NodeEvent, type NodeFact, nodeMachine } from '../actors/node/machine.js';
import { type RingFact, ringMachine } from '../actors/ring/machine.js';
import {
  type StabilizerEvent,
  type StabilizerFact,
  stabilizerMachine,
} from '../actors/stabilizer/machine.js';
import type { Message } from './core/messages.js';
import type {
  Failure,
  Found,
  Location,
  ReadRequest,
  WriteRequest,
  Written,
} from './core/requests.js';
import { allMembers, gainedPartitions, type Member, type Ring } from './core/ring.js';
import type { NodeId } from './core/version.js';
import { Admission } from './node/admission.js';
import { Calls } from './node/calls.js';
import { Coordinator, type Standing } from './node/coordinator.js';
import type { Identity } from './node/identity.js';
import { saveIdentity } from './node/identity.js';
import { locate } from './node/locate.js';
import { Membership } from './node/membership.js';
import { Replica } from './node/replica.js';
import { Rings } from './node/rings.js';
import { Stamper } from './node/stamper.js';
import { Transfer, TransferFailed } from './node/transfer.js';
import { Voter } from './node/voter.js';
import type {
  Clock,
  Hasher,
  Log,
  PeerInfo,
  Random,
  Store,
  StoreStatus,
  Transport,
} from './ports.js';

export interface NodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Store;
  readonly transport: Transport;
  readonly hasher: Hasher;
}

export interface NodeSettings {
  readonly identity: Identity;
  /** What this node is as a member: id, address, weight, zone. */
  readonly self: Member;
  /** `host:port` of nodes to join by; empty to found a cluster if the disk holds no ring. */
  readonly introducers: readonly string[];
  readonly partitions: number;
  readonly replicas: number;
  readonly writeQuorum: number;
  readonly readQuorum: number;
  readonly maxClockDriftMs: number;
  readonly maxInFlight: number;
  readonly maxInFlightBytes: number;
  readonly hedgeAfterMs: number;
}

export type Fact =
  | NodeFact
  | MembershipFact
  | RingFact
  | CoordinatorFact
  | StabilizerFact
  | PeerFact;
export type PeerFact =
  | { type: 'peer.up'; id: NodeId; address: string }
  | { type: 'peer.down'; id: NodeId; reason: string };

/** How often a random peer is asked for a newer ring, should a notice have been lost. */
const RING_FETCH_MS = 5000;

export type QuorateNode = ReturnType<typeof createNode>;

export function createNode(settings: NodeSettings, ports: NodePorts) {
  const { clock, random, log, store, transport } = ports;
  const self = settings.self.id;
  const watchers = new Set<(fact: Fact) => void>();
  const tell = (fact: Fact) => {
    for (const watcher of watchers) watcher(fact);
  };

  const calls: Calls = new Calls({
    self,
    transport,
    clock,
    serve: (from, request, reply) => serve(from, request, reply),
  });
  const membership = new Membership({ ...ports, identity: settings.identity });
  const rings = new Rings({ settings, store, transport, calls, clock, random, log });
  const voter = new Voter({ store, rings });
  const stamper = new Stamper({ node: self, clock, store, maxDriftMs: settings.maxClockDriftMs });
  const replica = new Replica({ store, clock, rings, stamper });
  const admission = new Admission(settings, (tooHigh) =>
    tellCoordinator({ type: tooHigh ? 'load.tooHigh' : 'load.normal' }),
  );
  const coordinator = new Coordinator({
    settings: { ...settings, self },
    rings,
    calls,
    stamper,
    clock,
    standing,
    admission,
  });
  const quorum = Math.min(settings.readQuorum, settings.writeQuorum);
  const transfer = new Transfer({ ...ports, quorum, rings, calls });

  const root = createActor(
    nodeMachine.provide({
      actors: {
        membership: membership.machine,
        ring: ringMachine.provide({
          delays: { backOff: () => 50 + random.float() * 200 },
          actions: {
            foundCluster: () => rings.foundCluster(),
            askToJoin: () => rings.askToJoin(),
            startRound: () => rings.startRound(),
            checkForChanges: () => rings.checkForChanges(),
            watchPulls: () => rings.checkPulls(),
          },
        }),
        coordinator: coordinatorMachine.provide({
          actions: {
            waitForRequestsToEnd: () =>
              admission.drain(() => tellCoordinator({ type: 'requests.ended' })),
          },
        }),
        stabilizer: stabilizerMachine.provide({
          actions: {
            pullNext: ({ context }) => pull(context.epoch, context.remaining[0]),
            reportPulled: ({ context }) => rings.reportPulled(context.epoch),
          },
        }),
      },
      actions: {
        persistIdentity: () =>
          saveIdentity(store, settings.identity, () => tellNode({ type: 'identity.persisted' })),
        findRing: () => {
          membership.start();
          transport.start({ up: peerUp, down: peerDown, message: receive });
          rings.start(actors.ring);
        },
        drainRequests: () => tellCoordinator({ type: 'node.draining' }),
      },
    }),
    {
      clock,
      input: {
        membership: {
          self: { id: self, bootId: settings.identity.bootId, address: settings.self.address },
          random: () => random.float(),
        },
      },
    },
  );
  const child = <A>(systemId: string) => root.system.get(systemId) as A;
  const actors = {
    get membership() {
      return child<ActorRefFrom<typeof membershipMachine>>('membership');
    },
    get ring() {
      return child<ActorRefFrom<typeof ringMachine>>('ring');
    },
    get coordinator() {
      return child<ActorRefFrom<typeof coordinatorMachine>>('coordinator');
    },
    get stabilizer() {
      return child<ActorRefFrom<typeof stabilizerMachine>>('stabilizer');
    },
  };

  /** The actors end before their node does; what comes then is for nobody. */
  function tellActor(systemId: string, event: EventObject): void {
    const actor: AnyActorRef | undefined = root.system.get(systemId);
    if (actor?.getSnapshot().status === 'active') actor.send(event);
  }
  function tellNode(event: NodeEvent): void {
    if (root.getSnapshot().status === 'active') root.send(event);
  }
  const tellCoordinator = (event: CoordinatorEvent) => tellActor('coordinator', event);
  const tellStabilizer = (event: StabilizerEvent) => tellActor('stabilizer', event);

  function pull(epoch: number, partition: number | undefined): void {
    if (partition === undefined) return;
    transfer.pull(epoch, partition).then(
      (pulled) => tellStabilizer({ type: 'partition.pulled', epoch, partition, ...pulled }),
      (error: unknown) => {
        // Anything else is a mistake of ours, and must not look like a slow transfer.
        if (!(error instanceof TransferFailed)) return fail(error as Error);
        const reason = error.message;
        log('warn', 'transfer.failed', { epoch, partition, reason });
        tellStabilizer({ type: 'pull.failed', epoch, partition, reason });
      },
    );
  }

  function fail(error: Error): void {
    log('error', 'node.failed', { reason: error.message });
    tellNode({ type: 'disk.failed', reason: error.message });
  }

  /** How much to expect of an owner: see `Standing`. */
  function standing(owner: NodeId): Standing {
    if (owner === self) return 'self';
    const status = membership.statusOf(owner);
    if (!transport.isUp(owner) || status === 'dead') return 'unreachable';
    return status === 'suspect' ? 'doubtful' : 'up';
  }

  function ringChanged(ring: Ring): void {
    const { epoch } = ring;
    membership.adoptRing(allMembers(ring));
    tellCoordinator({ type: 'ring.adopted', epoch });
    admission.open();
    tellNode({ type: 'ring.ready' });
    const partitions = gainedPartitions(ring, self);
    tellStabilizer(
      partitions.length > 0
        ? { type: 'transition.began', epoch, partitions }
        : { type: 'transition.ended', epoch },
    );
  }

  function peerUp(peer: PeerInfo): void {
    tell({ type: 'peer.up', id: peer.id, address: peer.address });
    membership.peerUp(peer);
    if (rings.current) rings.fetchFrom(peer.id);
    else rings.askToJoin();
  }

  function peerDown(id: NodeId, reason: string): void {
    tell({ type: 'peer.down', id, reason });
    calls.peerDown(id);
    membership.peerDown(id);
  }

  function receive(from: NodeId, message: Message): void {
    serve(from, message, (reply) => transport.send(from, reply));
  }

  function serve(from: NodeId, message: Message, reply: (message: Message) => void): void {
    switch (message.type) {
      case 'replica.write':
      case 'replica.read':
      case 'partition.list':
      case 'partition.fetch':
        return replica.serve(from, message, reply);
      case 'ring.prepare':
        return voter.prepare(from, message, reply);
      case 'ring.accept':
        return voter.accept(from, message, reply);
      case 'ring.join':
        return rings.join(message, reply);
      case 'ring.decided':
        return rings.learn(message.ring, from);
      case 'ring.fetch':
        return rings.answerFetch(from, message.epoch);
      case 'ring.pulled':
        return rings.notePulled(from, message.epoch);
      case 'swim.ping':
      case 'swim.ack':
      case 'swim.pingRequest':
      case 'swim.nack':
      case 'swim.sync':
      case 'swim.synced':
        return membership.receive(from, message);
      case 'goodbye':
        return log('info', 'peer.goodbye', { from, reason: message.reason });
      default:
        return calls.settle(from, message);
    }
  }

  function fetchRingNowAndThen(): void {
    const peers = transport.connected();
    const peer = peers[Math.floor(random.float() * peers.length)];
    if (peer !== undefined && rings.current) rings.fetchFrom(peer);
    clock.setTimeout(fetchRingNowAndThen, RING_FETCH_MS);
  }

  function start(): void {
    store.onFailure(fail);
    for (const type of ['node.serving', 'node.draining', 'node.stopped', 'node.failed'] as const) {
      root.on(type, tell);
    }
    root.subscribe({ error: (error) => fail(error as Error) });
    root.start();
    membership.attach(actors.membership);
    actors.membership.on('*', (fact) => {
      membership.note(fact);
      tell(fact);
    });
    actors.ring.on('*', (fact) => {
      if (fact.type === 'ring.changed') ringChanged(fact.ring);
      else tellNode(fact);
      tell(fact);
    });
    actors.coordinator.on('*', (fact) => {
      if (fact.type === 'coordinator.drained') tellNode({ type: 'requests.drained' });
      tell(fact);
    });
    actors.stabilizer.on('*', tell);
    fetchRingNowAndThen();
  }

  return {
    id: self,
    start,
    /** Called with every fact from now on; returns how to stop it. */
    watch(watcher: (fact: Fact) => void): () => void {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    write: (request: WriteRequest, done: (outcome: Written | Failure) => void) =>
      coordinator.write(request, done),
    read: (request: ReadRequest, done: (outcome: Found | Failure) => void) =>
      coordinator.read(request, done),
    locate: (key: Buffer, done: (location: Location | Failure) => void) =>
      locate({ key, rings, calls }, done),
    ring: () => rings.current,
    epoch: () => rings.epoch,
    isReady: () => root.getSnapshot().value === 'serving',
    storeStatus: (done: (status: StoreStatus) => void) => store.status(done),
    status: () => ({
      id: self,
      address: settings.self.address,
      bootId: settings.identity.bootId,
      clusterId: rings.current?.clusterId,
      epoch: rings.epoch,
      states: {
        node: stateOf(root),
        membership: stateOf(actors.membership),
        ring: stateOf(actors.ring),
        coordinator: stateOf(actors.coordinator),
        stabilizer: stateOf(actors.stabilizer),
      },
      members: rings.current
        ? allMembers(rings.current).map((member) => ({
            ...member,
            standing: standing(member.id),
          }))
        : [],
      membership: membership.status(),
      change: rings.progress,
      transfer: transferProgress(actors.stabilizer),
      requests: { inFlight: admission.inFlight, ...coordinator.counts },
    }),
    /** Refuses new requests, lets those in flight end, and says goodbye to the peers. */
    async stop(): Promise<void> {
      const ended = new Promise<void>((resolve) => root.subscribe({ complete: resolve }));
      tellNode({ type: 'node.stop' });
      if (root.getSnapshot().status === 'active') await ended;
      for (const peer of transport.connected()) {
        transport.send(peer, { type: 'goodbye', reason: 'restarting', level: 0 });
      }
      await transport.close();
    },
  };
}

function stateOf(actor: { getSnapshot(): unknown } | undefined): string {
  const snapshot = actor?.getSnapshot() as (Snapshot<unknown> & { value?: unknown }) | undefined;
  if (!snapshot) return 'stopped';
  return typeof snapshot.value === 'string' ? snapshot.value : JSON.stringify(snapshot.value);
}

function transferProgress(actor: ActorRefFrom<typeof stabilizerMachine> | undefined) {
  const context = actor?.getSnapshot().context;
  if (!context) return undefined;
  const { epoch, remaining, total, records, bytes } = context;
  return { epoch, done: total - remaining.length, total, records, bytes };
}
