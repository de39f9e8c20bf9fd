/**
 * The composition root of one node: joins the actors, which decide, with the ports, through which
 * things are done.
 *
 * First the parts are made, each knowing those before it; then they are connected, by starting the
 * supervisor, which runs the actors. Production (`quorate.ts`) and the simulator call this with
 * their own ports; nothing in here or below `node/` reaches the world in another way.
 */
import { DiskTrust } from '../actors/node/disk-trust.js';
import { namesMember } from './core/ring/ring.js';
import { FactBus } from './events/fact-bus.js';
import { Coordinator } from './node/coordinator/coordinator.js';
import { Departure } from './node/departure.js';
import { dispatchTo, type Serve } from './node/dispatch.js';
import { HintsHost } from './node/hints/host.js';
import { Links } from './node/links.js';
import { ClusterClock } from './node/membership/cluster-clock.js';
import { MembershipHost } from './node/membership/host.js';
import { Reachability } from './node/membership/reachability.js';
import { locate } from './node/operator/locate.js';
import { Operator } from './node/operator/operator.js';
import { nodeStatus } from './node/operator/status.js';
import { HintIntake } from './node/replica/hint-intake.js';
import { Replica } from './node/replica/replica.js';
import { VersionClock } from './node/replica/version-clock.js';
import { CurrentRing } from './node/ring/current-ring.js';
import { RingHost } from './node/ring/host.js';
import { Joining } from './node/ring/joining.js';
import { Proposer } from './node/ring/proposer.js';
import { RingAnnouncement } from './node/ring/ring-announcement.js';
import { RingVoter } from './node/ring/voter.js';
import { RingWishes } from './node/ring/wishes.js';
import { Calls } from './node/rpc/calls.js';
import type { NodePorts, NodeSettings } from './node/settings.js';
import { DirtyPartitions } from './node/stabilizer/dirty-partitions.js';
import { StabilizerHost } from './node/stabilizer/host.js';
import { Supervisor } from './node/supervisor.js';

export type QuorateNode = ReturnType<typeof createNode>;

export function createNode(settings: NodeSettings, ports: NodePorts) {
  const { clock, store, transport } = ports;
  const { identity, maxClockDriftMs: maxDriftMs } = settings;
  const self = settings.self.id;
  const supervisor = new Supervisor();
  const facts = new FactBus();
  const trust = new DiskTrust(identity);
  const isTrusted = () => trust.isTrusted;

  // Requests to ourselves are served like those of peers.
  const calls = new Calls({
    self,
    transport,
    clock,
    serve: (from, request, reply) => serve(from, request, reply),
  });
  const onTrust = () =>
    supervisor.tell({ type: trust.isTrusted ? 'identity.confirmed' : 'identity.outdated' });
  const membership = new MembershipHost({ ...ports, identity, trust, onTrust });
  const reachability = new Reachability({ self, membership, transport });
  const { isReachable, standingOf } = reachability;

  const rings = new CurrentRing({ ...ports, settings });
  const voter = new RingVoter({ store, rings, isTrusted });
  const proposer = new Proposer({ self, rings, calls });
  const announcement = new RingAnnouncement({ ...ports, rings, calls });
  const wishes = new RingWishes({ ...ports, settings, rings, membership, isReachable });
  const members = { rings, wishes, membership, calls, isReachable };
  const joining = new Joining({ ...ports, ...members, settings });
  const ring = new RingHost({ ...ports, rings, joining, wishes, proposer });

  const dirty = new DirtyPartitions();
  const versionClock = new VersionClock({ node: self, clock, store, maxDriftMs });
  const isImplausible = versionClock.isImplausible.bind(versionClock);
  const onFailure = supervisor.fail;
  const owners = { ...ports, rings, calls, isReachable, onFailure };
  const hints = new HintsHost({ ...owners, settings, onMissing: (p) => dirty.mark(p) });
  const missed = hints.missed.bind(hints);
  const clusterClock = new ClusterClock({ clock, maxDriftMs });
  facts.watch((fact) => clusterClock.hear(fact));
  const wallMs = clusterClock.now.bind(clusterClock);
  const requests = { ...ports, settings, rings, calls, versionClock, wallMs };
  const coordinator = new Coordinator({ ...requests, standing: standingOf, missed });
  const settle = coordinator.settle.bind(coordinator);
  const hintIntake = new HintIntake({ ...ports, settings, isImplausible, settle });
  const replica = new Replica({ self, store, clock, rings, versionClock, hintIntake, isTrusted });
  const stabilizer = new StabilizerHost({
    ...owners,
    settings: { ...settings, self },
    onPulled: (epoch) => wishes.notePulled(self, epoch),
    isImplausible,
    settle,
  });

  dirty.listen((partition) => stabilizer.markDirty(partition));

  const answering = { replica, voter, rings, wishes, joining, membership, stabilizer };
  const serve: Serve = dispatchTo({ ...ports, ...answering, calls });
  const links = new Links({ ...ports, facts, calls, membership, rings, joining, serve });
  const going = { settings, rings, membership, hints, wishes, announcement };
  const departure = new Departure({ ...ports, ...going });
  const inside = { settings, supervisor, reachability, membership, rings, wishes, joining };
  const operator = new Operator({ ...ports, ...inside, calls, departure });
  const all = {
    ...ports,
    ...inside,
    facts,
    trust,
    links,
    departure,
    ring,
    coordinator,
    stabilizer,
  };

  return {
    id: self,
    start: () =>
      supervisor.start({
        ...{ ...all, hints },
        takeStored: () => replica.takeStored() + voter.takeVotes() > 0,
      }),
    /** Called with every fact from now on; returns how to stop it. */
    watch: facts.watch.bind(facts),
    write: coordinator.write.bind(coordinator),
    read: coordinator.read.bind(coordinator),
    locate: (key: Buffer, done: Parameters<typeof locate>[1]) =>
      locate({ key, rings, calls }, done),
    plan: operator.plan.bind(operator),
    leave: operator.leave.bind(operator),
    remove: operator.remove.bind(operator),
    ring: () => rings.current,
    epoch: () => rings.epoch,
    /** By which values expire. */
    wallMs,
    isReady: () => supervisor.isServing,
    storeStatus: store.status.bind(store),
    status: () => nodeStatus({ ...inside, coordinator, stabilizer, hints }),
    /** Refuses new requests, lets those in flight end, and says goodbye to the peers. */
    async stop(): Promise<void> {
      await supervisor.stop();
      const isMember = rings.current !== undefined && namesMember(rings.current, self);
      await links.close(isMember ? 'restarting' : 'leaving');
    },
  };
}
