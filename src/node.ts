/**
 * The composition root of one node: joins the actors, which decide, with the ports, through which
 * things are done.
 *
 * First the parts are made, each knowing those before it; then they are connected, by starting the
 * supervisor, which runs the actors. Production (`quorate.ts`) and the simulator call this with
 * their own ports; nothing in here or below `node/` reaches the world in another way.
 */
import { DiskTrust } from '../actors/node/disk-trust.js';
import type { NodeId } from './core/data/version.js';
import { namesMember } from './core/ring/ring.js';
import { FactBus } from './events/fact-bus.js';
import { Coordinator } from './node/coordinator/coordinator.js';
import { Departure } from './node/departure.js';
import { dispatchTo, type Serve } from './node/dispatch.js';
import { HintsHost } from './node/hints/host.js';
import { Links } from './node/links.js';
import { watchClock } from './node/membership/clock-watch.js';
import { ClusterClock } from './node/membership/cluster-clock.js';
import { FirstQuorum } from './node/membership/first-quorum.js';
import { MembershipHost } from './node/membership/host.js';
import { Reachability } from './node/membership/reachability.js';
import { Inspection } from './node/observation/inspection.js';
import { Observation } from './node/observation/observation.js';
import { nodeView, type Watched } from './node/observation/snapshot.js';
import { operatorsDesk } from './node/operator/desk.js';
import { Credibility } from './node/replica/credibility.js';
import { HintIntake } from './node/replica/hint-intake.js';
import { Reaping } from './node/replica/reaping.js';
import { Replica } from './node/replica/replica.js';
import { VersionClock } from './node/replica/version-clock.js';
import { CurrentRing } from './node/ring/current-ring.js';
import { RingHost } from './node/ring/host.js';
import { Joining } from './node/ring/joining.js';
import { Objections } from './node/ring/objections.js';
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
  const inspection = new Inspection({ ...ports, root: () => supervisor.root, tell: facts.tell });
  const trust = new DiskTrust(identity);
  const isTrusted = () => trust.isTrusted;
  // Requests to ourselves are served like those of peers.
  const ofPeers: Serve = (from, request, reply) => serve(from, request, reply);
  const calls = new Calls({ self, transport, clock, serve: ofPeers });
  const onTrust = () =>
    supervisor.tell({ type: trust.isTrusted ? 'identity.confirmed' : 'identity.outdated' });
  const membership = new MembershipHost({ ...ports, identity, trust, onTrust });
  const reachability = new Reachability({ self, membership, transport });
  const { isReachable, standingOf: standing } = reachability;
  const rings = new CurrentRing({ ...ports, settings });
  const voter = new RingVoter({ store, rings, isTrusted });
  const proposer = new Proposer({ self, rings, calls });
  const announcement = new RingAnnouncement({ ...ports, rings, calls });
  const wishes = new RingWishes({ ...ports, settings, rings, membership, isReachable });
  const members = { rings, wishes, membership, calls, isReachable };
  const onWaiting = (waitsFor: string) => facts.tell({ type: 'join.waiting', waitsFor });
  const joining = new Joining({ ...ports, ...members, settings, onWaiting });
  const ring = new RingHost({ ...ports, rings, joining, wishes, proposer });

  const clusterClock = new ClusterClock({ clock, maxDriftMs });
  watchClock({ facts, clock, clusterClock });
  const wallMs = clusterClock.now.bind(clusterClock);
  const stamping = { node: self, clock: clusterClock, store, maxDriftMs, isTrusted };
  const versionClock = new VersionClock(stamping);
  const { creditOf } = new Credibility({ rings, calls, versionClock });
  const dirty = new DirtyPartitions();
  const owners = { ...ports, rings, calls, isReachable, onFailure: supervisor.fail, wallMs };
  const onRefused = (target: NodeId) => facts.tell({ type: 'hint.refused', target });
  const onMissing = dirty.mark.bind(dirty);
  const hints = new HintsHost({ ...owners, settings, onRefused, onMissing });
  const missed = hints.missed.bind(hints);
  const requests = { ...ports, settings, rings, calls, versionClock, wallMs };
  const coordinator = new Coordinator({ ...requests, standing, missed, tell: facts.tell });
  const settle = coordinator.settle.bind(coordinator);
  const hintIntake = new HintIntake({ ...ports, settings, creditOf, settle });
  const reaping = new Reaping(requests);
  const taking = { self, hintIntake, settle, reaping, isTrusted };
  const replica = new Replica({ ...requests, ...taking });
  const stabilizer = new StabilizerHost({
    ...owners,
    settings: { ...settings, self },
    onPulled: (epoch) => wishes.notePulled(self, epoch),
    knowsTime: () => clusterClock.standing === 'right',
    creditOf,
    settle,
  });
  dirty.listen((partition) => stabilizer.markDirty(partition));

  const snapshot = (watched: Watched) => nodeView(all, watched);
  const watched = { coordinator, hints, inspection, snapshot };
  const observation = new Observation({ ...ports, settings, facts, rings, calls, ...watched });
  const going = { settings, rings, membership, hints, wishes, announcement, supervisor };
  const departure = new Departure({ ...ports, ...going });
  const answering = { replica, voter, rings, wishes, joining, membership, stabilizer, departure };
  const serve: Serve = dispatchTo({ ...ports, ...answering, calls, observation });
  const { refuse } = supervisor;
  const objections = new Objections({ ...ports, settings, rings, trust, refuse });
  const linked = { facts, calls, membership, rings, joining, objections, serve };
  const links = new Links({ ...ports, ...linked });
  const firstQuorum = new FirstQuorum({ facts, rings, links, reachability, supervisor });
  const inside = { settings, supervisor, reachability, membership, rings, wishes, joining };
  const work = { coordinator, stabilizer, hints, hintIntake, ring, departure, firstQuorum };
  const all = { ...ports, ...inside, ...work, facts, trust, links, calls, clusterClock };

  return {
    id: self,
    start() {
      const takeStored = () => replica.takeStored() + voter.takeVotes() > 0;
      supervisor.start({ ...all, takeStored });
      observation.start();
    },
    /** Called with every fact from now on; returns how to stop it. */
    watch: facts.watch.bind(facts),
    /** Gives a subscriber what happens. */
    subscribe: observation.subscribe.bind(observation),
    inspection,
    write: coordinator.write.bind(coordinator),
    read: coordinator.read.bind(coordinator),
    list: coordinator.list.bind(coordinator),
    ring: () => rings.current,
    epoch: () => rings.epoch,
    /** By which values expire. */
    wallMs,
    isReady: () => supervisor.isServing && versionClock.obstacle === undefined,
    ...operatorsDesk({ ...all, observation, self, reaping, versionClock, wallMs }),
    /** Refuses new requests, lets those in flight end, and says goodbye to the peers. */
    async stop(): Promise<void> {
      await supervisor.stop();
      observation.stop();
      const isMember = rings.current !== undefined && namesMember(rings.current, self);
      await links.close(isMember ? 'restarting' : 'leaving');
    },
  };
}
