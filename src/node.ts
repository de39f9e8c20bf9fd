/**
 * The composition root of one node: joins the actors, which decide, with the ports, through which
 * things are done. The effects that the charts name are provided here, once, and nowhere else.
 *
 * Production (`main.ts`) and the simulator call this with their own ports; nothing in here or below
 * `node/` reaches the world in another way.
 */
import { createActor } from 'xstate';
import { type CoordinatorEvent, coordinatorMachine } from '../actors/coordinator/machine.js';
import { type NodeEvent, nodeMachine } from '../actors/node/machine.js';
import { ringMachine } from '../actors/ring/machine.js';
import type { NodeId, Version } from './core/data/version.js';
import type { MemberChange } from './core/planning/member-change.js';
import type { Removal, RemoveRequest } from './core/planning/removal.js';
import type { ExplainedPlan } from './core/planning/sentences.js';
import type {
  Failure,
  Found,
  Location,
  ReadRequest,
  WriteRequest,
  Written,
} from './core/requests.js';
import { allMembers, namesMember, partitionOf, type Ring } from './core/ring/ring.js';
import type { Message } from './core/wire/messages.js';
import { Actors } from './node/actors.js';
import { every } from './node/base/timers.js';
import { Admission } from './node/coordinator/admission.js';
import { Coordinator } from './node/coordinator/coordinator.js';
import type { Standing } from './node/coordinator/owner-selection.js';
import { dispatchTo, type Serve } from './node/dispatch.js';
import type { Fact } from './node/facts.js';
import { HintsHost } from './node/hints/host.js';
import { renounceIdentity, saveIdentity } from './node/identity.js';
import { MembershipHost } from './node/membership/host.js';
import { locate } from './node/operator/locate.js';
import { Operator } from './node/operator/operator.js';
import { nodeStatus, stateOf } from './node/operator/status.js';
import { HintIntake } from './node/replica/hint-intake.js';
import { Replica } from './node/replica/replica.js';
import { VersionClock } from './node/replica/version-clock.js';
import { RingAcceptor } from './node/ring/acceptor.js';
import { CurrentRing } from './node/ring/current-ring.js';
import { Joining } from './node/ring/joining.js';
import { Proposer } from './node/ring/proposer.js';
import { RingAnnouncement } from './node/ring/ring-announcement.js';
import { Changes } from './node/ring/wishes.js';
import { Calls } from './node/rpc/calls.js';
import { Replies } from './node/rpc/replies.js';
import type { NodePorts, NodeSettings } from './node/settings.js';
import { StabilizerHost } from './node/stabilizer/host.js';
import type { PeerInfo, StoreStatus } from './ports.js';

/** How often a random peer is asked for a newer ring, should a notice have been lost. */
const RING_FETCH_MS = 5000;
/** How often a node that stores something raises its incarnation: see `node/identity.ts`. */
const RAISE_MS = 10_000;
/** Under this name the disk remembers who was asked to leave. */
const META_LEAVING = 'node.leaving';

export type QuorateNode = ReturnType<typeof createNode>;

export function createNode(settings: NodeSettings, ports: NodePorts) {
  const { clock, random, log, store, transport } = ports;
  const self = settings.self.id;
  /** Only when a peer has said that this disk is no old copy, and none the contrary. */
  let isTrusted = false;
  let isDenied = false;
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
  const membership = new MembershipHost({
    ...ports,
    identity: settings.identity,
    onWord: heardWord,
  });
  const rings = new CurrentRing({ ...ports, settings });
  const proposer = new Proposer({ self, rings, calls });
  const changes = new Changes({ ...ports, settings, rings, proposer, membership });
  const joining = new Joining({ ...ports, settings, rings, changes, membership, calls });
  const voter = new RingAcceptor({ store, rings, isTrusted: () => isTrusted });
  const versionClock = new VersionClock({
    node: self,
    clock,
    store,
    maxDriftMs: settings.maxClockDriftMs,
  });
  const isImplausible = (version: Version) => versionClock.isImplausible(version);
  const hintIntake = new HintIntake({
    store,
    clock,
    bytesPerSecond: settings.hintBytesPerSecond,
    isImplausible,
    onBarred: (key) => stabilizer.markDirty(partitionOf(key, settings.partitions)),
  });
  const replica = new Replica({
    self,
    store,
    clock,
    rings,
    versionClock,
    hintIntake,
    isTrusted: () => isTrusted,
  });
  const admission = new Admission(settings, (tooHigh) =>
    tellCoordinator({ type: tooHigh ? 'load.tooHigh' : 'load.normal' }),
  );
  const coordinator = new Coordinator({
    ...ports,
    settings,
    rings,
    calls,
    versionClock,
    standing,
    admission,
    missed: (owner, record, done) => hints.missed(owner, record, done),
  });
  const replies = new Replies(transport);
  const receive = (from: NodeId, message: Message, waitedMs: number) =>
    serve(from, message, replies.to(from), waitedMs);
  const hints = new HintsHost({
    ...ports,
    settings,
    rings,
    calls,
    isReachable: changes.isReachable,
    onMissing: (partition) => stabilizer.markDirty(partition),
    onFailure: fail,
  });
  const announcement = new RingAnnouncement({ ...ports, rings, calls });
  const stabilizer = new StabilizerHost({
    ...ports,
    settings: { ...settings, self },
    rings,
    calls,
    isReachable: changes.isReachable,
    onPulled: (epoch) => changes.notePulled(self, epoch),
    isImplausible,
    settle: (key) => coordinator.settle(key),
    onFailure: fail,
  });
  const serve: Serve = dispatchTo({
    replica,
    voter,
    rings,
    changes,
    joining,
    membership,
    stabilizer,
    calls,
    log,
  });
  const operator = new Operator({
    ...ports,
    self,
    rings,
    changes,
    membership,
    calls,
    isServing: () => stateIs('serving', 'leaving'),
    beginToLeave: () => tellNode({ type: 'node.leave' }),
  });

  const root = createActor(
    nodeMachine.provide({
      actors: {
        membership: membership.machine,
        ring: ringMachine.provide({
          delays: { backOff: () => 50 + random.float() * 200 },
          actions: {
            foundCluster: () => joining.found(),
            askToJoin: () => joining.ask(),
            startRound: () => changes.startRound(),
            checkForChanges: () => changes.check(),
          },
        }),
        coordinator: coordinatorMachine.provide({
          actions: {
            waitForRequestsToEnd: () =>
              admission.drain(() => tellCoordinator({ type: 'requests.ended' })),
          },
        }),
        stabilizer: stabilizer.machine,
        hints: hints.machine,
      },
      actions: {
        persistIdentity: () =>
          saveIdentity(store, settings.identity, () => tellNode({ type: 'identity.persisted' })),
        findRing: () => {
          membership.start();
          transport.start({ up: peerUp, down: peerDown, message: receive });
          rings.start(actors.ring);
        },
        askToLeave: () =>
          store.setMeta(META_LEAVING, self, () => hints.flush(() => changes.leave(self))),
        renounceIdentity: (_, { left }) => renounce(left),
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
  const actors = new Actors(root);
  const stateIs = (...states: string[]) => states.includes(stateOf(root));

  /** The actors end before their node does; what comes then is for nobody. */
  function tellCoordinator(event: CoordinatorEvent): void {
    const actor: typeof actors.coordinator | undefined = actors.coordinator;
    if (actor?.getSnapshot().status === 'active') actor.send(event);
  }
  const isOver = () => root.getSnapshot().status !== 'active';
  function tellNode(event: NodeEvent): void {
    if (!isOver()) root.send(event);
  }

  function fail({ message: reason }: Error): void {
    tellNode({ type: 'disk.failed', reason });
  }

  function note(fact: Fact): void {
    if (fact.type === 'node.serving') serving();
    if (fact.type === 'node.failed') log('error', 'node.failed', { reason: fact.reason });
    tell(fact);
  }

  /** How much to expect of an owner: see `Standing`. */
  function standing(owner: NodeId): Standing {
    if (owner === self) return 'self';
    const status = membership.statusOf(owner);
    if (!transport.isUp(owner) || status === 'dead') return 'unreachable';
    return status === 'suspect' ? 'doubtful' : 'up';
  }

  function heardWord(word: 'given' | 'denied'): void {
    isDenied ||= word === 'denied';
    isTrusted = !isDenied;
    tellNode({ type: isTrusted ? 'identity.confirmed' : 'identity.outdated' });
  }

  function ringChanged(ring: Ring): void {
    const { epoch } = ring;
    const members = allMembers(ring);
    membership.adoptRing(members);
    changes.ringChanged(ring);
    tellCoordinator({ type: 'ring.adopted', epoch });
    // Alone there is nobody to ask.
    const isRestart = settings.identity.incarnation > 1 && members.length > 1;
    const isKnown = isRestart && !membership.isConfirmed;
    isTrusted ||= !isKnown && !isDenied;
    tellNode({ type: 'ring.ready', isKnown });
    stabilizer.ringChanged(ring);
  }

  const wasAskedToLeave = () => store.meta(META_LEAVING) === self;

  function serving(): void {
    admission.open();
    if (wasAskedToLeave()) operator.leave();
  }

  /** Who comes back to this disk begins anew, with the data for a start. */
  function renounce(left: boolean): void {
    const ring = rings.current!;
    const addresses = allMembers(ring).map(({ address }) => address);
    const introducers = addresses.filter((address) => address !== settings.self.address);
    log('warn', left ? 'node.left' : 'node.renounced', { epoch: ring.epoch });
    membership.renounce();
    const former = { clusterId: ring.clusterId, introducers, left };
    announcement.run(self, () => {
      if (left) membership.leave();
      renounceIdentity(store, former, () => tellNode({ type: 'identity.renounced' }));
    });
  }

  function peerUp(peer: PeerInfo): void {
    replies.peerUp(peer);
    tell({ type: 'peer.up', id: peer.id, address: peer.address });
    membership.peerUp(peer);
    if (rings.current) rings.fetchFrom(peer.id);
    else joining.ask();
  }

  function peerDown(id: NodeId, reason: string): void {
    tell({ type: 'peer.down', id, reason });
    calls.peerDown(id);
    membership.peerDown(id);
  }

  function fetchRing(): void {
    const peers = transport.connected();
    const peer = peers[Math.floor(random.float() * peers.length)];
    if (peer !== undefined && rings.current) rings.fetchFrom(peer);
  }

  function raiseIfStored(): void {
    if (replica.takeStored() + voter.takeVotes() > 0) membership.raise();
  }

  function start(): void {
    store.onFailure(fail);
    root.on('*', note);
    root.subscribe({ error: (error) => note({ type: 'node.failed', reason: String(error) }) });
    root.start();
    membership.attach(actors.membership);
    stabilizer.attach(actors.stabilizer);
    hints.attach(actors.hints);
    actors.membership.on('*', (fact) => {
      membership.note(fact);
      tell(fact);
      if (fact.type === 'member.alive') joining.heardOf(fact.address);
      if (fact.type === 'member.dead' || fact.type === 'member.left') changes.check();
    });
    actors.ring.on('*', (fact) => {
      if (fact.type === 'ring.changed') ringChanged(fact.ring);
      else if (fact.type === 'ring.left') tellNode({ type: 'ring.left', asked: wasAskedToLeave() });
      else tellNode(fact);
      tell(fact);
    });
    actors.coordinator.on('*', (fact) => {
      if (fact.type === 'coordinator.drained') tellNode({ type: 'requests.drained' });
      tell(fact);
    });
    actors.stabilizer.on('*', tell);
    actors.hints.on('*', tell);
    every(clock, RING_FETCH_MS, isOver, fetchRing);
    every(clock, RAISE_MS, isOver, raiseIfStored);
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
    plan: (change: MemberChange, done: (plan: ExplainedPlan | Failure) => void) =>
      operator.plan(change, done),
    leave: () => operator.leave(),
    remove: (request: RemoveRequest, done: (outcome: Removal | Failure) => void) =>
      operator.remove(request, done),
    ring: () => rings.current,
    epoch: () => rings.epoch,
    isReady: () => stateIs('serving', 'leaving'),
    storeStatus: (done: (status: StoreStatus) => void) => store.status(done),
    status: () =>
      nodeStatus({
        settings,
        actors,
        rings,
        membership,
        changes,
        joining,
        stabilizer,
        hints,
        standing,
        requests: { inFlight: admission.inFlight, ...coordinator.counts },
      }),
    /** Refuses new requests, lets those in flight end, and says goodbye to the peers. */
    async stop(): Promise<void> {
      tellNode({ type: 'node.stop' });
      if (!isOver()) {
        await new Promise<void>((ended) =>
          root.subscribe({ complete: ended, error: () => ended() }),
        );
      }
      const isMember = rings.current !== undefined && namesMember(rings.current, self);
      const reason = isMember ? 'restarting' : 'leaving';
      for (const peer of transport.connected()) {
        transport.send(peer, { type: 'goodbye', reason, level: 0 });
      }
      await transport.close();
    },
  };
}
