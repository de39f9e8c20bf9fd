/**
 * Faults that change who owns what: machines that leave and come back, stay away for long, or lose
 * what their identity stands on.
 *
 * The budget for a lost disk, and for one on which an old state is put back: one machine at a time,
 * and no other before the ring has gone on without the identity that was lost; and only while, for
 * every key on the disk, a write quorum of the other owners holds the newest version, in each set
 * of owners while they change; and while the others can go on without it. Nobody leaves before it
 * has lost its place: of two that stay it would be one, and no majority would be left.
 *
 * An old state is put back only if all other members have it on disk that they have heard of a
 * later life of that node: somebody who has not would take it for the newest, as it does itself. A
 * node makes sure of that every ten seconds in which it stores something.
 */

import { isIntactRecord, recordKey } from '../../../src/core/data/record.js';
import type { NodeId } from '../../../src/core/data/version.js';
import {
  allMembers,
  namesMember,
  type Ring,
  settledRing,
  votersOf,
} from '../../../src/core/ring/ring.js';
import { stuckPartitions } from '../../../src/core/ring/transfer-quorum.js';
import type { Identity } from '../../../src/node/identity.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine } from '../cluster/machine.js';
import type { SimDisk } from '../disk/store.js';
import { canLose } from './rot.js';
import { downtimeMs, type Scene, type Strike, takeDown } from './strikes.js';

/** Fewer machines than that are not left behind by those that leave. */
const FEWEST_MACHINES = 2;
/** So long a strike waits for the budget to allow it, and so often it looks. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 50;

export const OWNER_FAULTS = {
  leave(scene: Scene) {
    const { cluster, random } = scene;
    const staying = cluster.machines.filter((machine) => !machine.isAway && !machine.isLeaving);
    if (staying.length <= FEWEST_MACHINES || cluster.lostMembers.length > 0) return undefined;
    const machine = random.pick(staying);
    machine.leave();
    const undo = () => bringBack(scene, machine);
    return { where: [machine], forMs: random.logarithmic(2000, 120_000), undo };
  },
  /** Down for so long that the others may go on without it. */
  outage(scene: Scene) {
    const { random, cluster } = scene;
    const strike = takeDown(scene, random.pick(cluster.machines), 'power cut');
    return { ...strike, forMs: random.logarithmic(20_000, 200_000) };
  },
  /** Up and down, never for long. */
  flap({ world, cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    const [upMs, downMs] = [random.between(3000, 15_000), random.between(1000, 8000)];
    let isOver = false;
    const fall = () => {
      if (isOver) return;
      machine.crash('killed');
      world.scheduler.after(downMs, () => {
        machine.start();
        world.scheduler.after(upMs, fall);
      });
    };
    fall();
    const undo = () => {
      isOver = true;
      machine.start();
    };
    return { where: [machine], forMs: random.between(20_000, 120_000), undo };
  },
  wipe(scene: Scene) {
    const { cluster, random } = scene;
    const machine = random.pick(cluster.machines);
    return whenAllowed(
      scene,
      machine,
      () => canLoseDisk(cluster, machine),
      () => {
        const strike = takeDown(scene, machine, 'power cut');
        machine.giveUpIdentity('wiped');
        machine.disk.wipe();
        machine.introducers = cluster.introducersFor(machine);
        return strike;
      },
    );
  },
  /** A backup is made, and some time later put back. */
  oldCopy(scene: Scene) {
    const { world, cluster, random } = scene;
    const machine = random.pick(cluster.machines);
    const { nodeId } = machine;
    if (nodeId === undefined || machine.isOutdated) return undefined;
    const backup = machine.disk.copy();
    // Who was alone then asks nobody whether it still is.
    if (ringOn(backup)?.members.length === 1) return undefined;
    let later: Strike | undefined;
    const task = world.scheduler.after(random.logarithmic(11_000, 120_000), () => {
      later = whenAllowed(
        scene,
        machine,
        () =>
          machine.nodeId === nodeId &&
          canLoseDisk(cluster, machine) &&
          areWarned(cluster, nodeId, incarnationOn(backup)),
        () => {
          const strike = takeDown(scene, machine, 'power cut');
          machine.giveUpIdentity('outdated');
          machine.disk.rollBackTo(backup);
          return strike;
        },
      );
    });
    const undo = () => {
      world.scheduler.cancel(task);
      later?.undo();
    };
    return { where: [machine], forMs: 200_000, undo };
  },
} satisfies { [kind: string]: (scene: Scene) => Strike | undefined };

/** As soon as it has gone. */
function bringBack(scene: Scene, machine: Machine): void {
  const { world, cluster } = scene;
  if (machine.isAway) machine.comeBack(cluster.introducersFor(machine));
  else if (machine.isLeaving) world.scheduler.after(1000, () => bringBack(scene, machine));
}

/** Strikes as soon as it is allowed, unless that takes too long. */
function whenAllowed(
  { world, random }: Scene,
  machine: Machine,
  isAllowed: () => boolean,
  strike: () => Strike,
): Strike {
  const deadline = world.now + PATIENCE_MS;
  let struck: Strike | undefined;
  let isOver = false;
  const look = () => {
    if (isOver || world.now > deadline) return;
    if (!isAllowed()) return void world.scheduler.after(LOOK_MS, look);
    struck = strike();
    world.scheduler.after(struck.forMs, struck.undo);
  };
  look();
  const undo = () => {
    isOver = true;
    struck?.undo();
  };
  return { where: [machine], forMs: PATIENCE_MS + downtimeMs(random), undo };
}

function canLoseDisk(cluster: Cluster, { nodeId, disk, isOutdated }: Machine): boolean {
  const { ring } = cluster;
  if (!ring || nodeId === undefined || isOutdated || cluster.lostMembers.length > 0) return false;
  if (cluster.machines.some(({ isLeaving }) => isLeaving)) return false;
  return (
    namesMember(ring, nodeId) &&
    canDoWithout(cluster, ring, nodeId) &&
    disk
      .records()
      .filter(isIntactRecord)
      .map((record) => recordKey(record).toString())
      .every((key) => !owns(cluster, nodeId, key) || canLose(cluster, key, nodeId))
  );
}

/**
 * Whether the others know the newest ring, can decide on one without a member, and pull all it
 * owned, or is about to own. A ring that nobody else knows yet would be lost with the disk, and its
 * voters' votes too.
 */
function canDoWithout(cluster: Cluster, ring: Ring, node: NodeId): boolean {
  const voters = votersOf(ring);
  const knowing = voters.filter((id) => id !== node && epochOn(cluster.diskOf(id)) === ring.epoch);
  const rings = ring.transition ? [ring, settledRing(ring)] : [ring];
  const isStuck = (each: Ring) =>
    stuckPartitions(each, (id) => id !== node, [...each.layout.keys()]).length > 0;
  return 2 * knowing.length > voters.length && !rings.some(isStuck);
}

function owns(cluster: Cluster, node: NodeId, key: string): boolean {
  const { present = [], coming = [] } = cluster.ownersOf(key) ?? {};
  return present.includes(node) || coming.includes(node);
}

/** A boot adds one to what its disk holds, and the machine may be cut off for many of them. */
const MOST_BOOTS = 16;

/** Whether all other members know, whatever they forget in a crash, of a later life of a node. */
function areWarned(cluster: Cluster, node: NodeId, incarnation: number): boolean {
  const others = allMembers(cluster.ring!).filter(({ id }) => id !== node);
  return others.every(({ id }) => {
    const { seen = {} } = identityOn(cluster.diskOf(id));
    return (seen[node] ?? 0) > incarnation + MOST_BOOTS;
  });
}

/** Of the ring that is on a disk. */
export function epochOn(disk: SimDisk | undefined): number | undefined {
  return ringOn(disk)?.epoch;
}

function ringOn(disk: SimDisk | undefined): Ring | undefined {
  const text = disk?.meta.get('ring');
  return text === undefined ? undefined : (JSON.parse(text) as Ring);
}

function incarnationOn(disk: SimDisk): number {
  return identityOn(disk).incarnation ?? 0;
}

function identityOn(disk: SimDisk | undefined): Partial<Identity> {
  return JSON.parse(disk?.meta.get('node.identity') ?? '{}') as Partial<Identity>;
}
