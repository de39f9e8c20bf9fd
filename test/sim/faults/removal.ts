/**
 * So many members burn down that the others cannot agree, or not fetch what they had; and an
 * operator goes on without them, by force.
 *
 * What may be lost then is lost, and no checker could tell what else is. So it strikes only while
 * of every key the owners that are left hold the newest version there is anywhere; where they do
 * not within a while, the fire was none, and the machines are back. What was removed comes back
 * with an empty disk, as somebody new: the operator's word was that it is gone for good.
 */

import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  newestVersion,
} from '../../../src/core/data/version.js';
import { ownersOf, type Ring, votersOf } from '../../../src/core/ring/ring.js';
import { stuckPartitions } from '../../../src/core/ring/transfer-quorum.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine } from '../cluster/machine.js';
import { isIntactRow } from '../disk/disk.js';
import { downtimeMs, type Scene, type Strike } from './strikes.js';

const MOST_ATTEMPTS = 20;
const LOOK_MS = 500;
/** Longer than it takes to find all of them dead. */
const PATIENCE_MS = 60_000;

export function forceRemove(scene: Scene): Strike | undefined {
  const { world, cluster, random } = scene;
  const victims = chooseVictims(scene);
  if (victims.length === 0) return undefined;
  const ids = victims.map(({ nodeId }) => nodeId!);
  for (const machine of victims) machine.burn();
  const deadline = world.now + PATIENCE_MS;
  let isOver = false;
  let areBack = false;
  const bringBack = () => {
    isOver = true;
    // Another strike may have taken them since.
    if (areBack) return;
    areBack = true;
    for (const machine of victims) machine.repair(cluster.introducersFor(machine));
  };
  const removed = () => {
    isOver = true;
    for (const machine of victims) {
      machine.giveUpIdentity('wiped');
      machine.disk.wipe();
    }
    world.scheduler.after(downtimeMs(random), bringBack);
  };
  const look = () => {
    if (isOver) return;
    if (world.now > deadline) return bringBack();
    world.scheduler.after(LOOK_MS, look);
    const { node } = random.pick(cluster.machines);
    const ring = node?.ring();
    if (!node || !ring || !isAllLeft(cluster, ring, ids)) return;
    node.remove({ ids, force: true }, (outcome) => {
      world.note('operator', outcome.ok ? 'removes them by force' : outcome.detail);
      // Without force, if it needs none any more: that is carried out as well.
      if (outcome.ok && !areBack) removed();
    });
  };
  world.scheduler.after(LOOK_MS, look);
  return { where: victims, forMs: 2 * PATIENCE_MS, undo: bringBack };
}

/** Members without which nothing goes on, but no data is gone; nobody where all is in motion. */
function chooseVictims({ cluster, random }: Scene): readonly Machine[] {
  const { ring, machines } = cluster;
  if (!ring || ring.transition || cluster.lostMembers.length > 0) return [];
  const isMember = ({ nodeId, isLeaving, isOutdated, running }: Machine) =>
    running && !isLeaving && !isOutdated && ring.members.some(({ id }) => id === nodeId);
  const members = machines.filter(isMember);
  if (members.length !== ring.members.length) return [];
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const victims = random.sample(members, random.whole(1, members.length - 1));
    if (needsForce(cluster, ring, victims)) return victims;
  }
  return [];
}

/** By the rules of `src/core/planning/removal.ts`; and an owner of all that is held is left. */
function needsForce(cluster: Cluster, ring: Ring, victims: readonly Machine[]): boolean {
  const lost = victims.map(({ nodeId }) => nodeId);
  const isLeft = (id: NodeId) => !lost.includes(id);
  const voters = votersOf(ring);
  const all = [...ring.layout.keys()];
  const stuck = stuckPartitions(ring, isLeft, all);
  const isHeld = (partition: number) =>
    cluster.machines.some(({ disk }) => disk.rowsOf(partition).size > 0);
  const isGone = stuck.some(({ partition, alive }) => alive === 0 && isHeld(partition));
  const hasMajority = 2 * voters.filter(isLeft).length > voters.length;
  return !isGone && (!hasMajority || stuck.length > 0);
}

/** Whether the owners that are left hold the newest of every key that there is on any disk. */
function isAllLeft(cluster: Cluster, ring: Ring, lost: readonly NodeId[]): boolean {
  const disks = cluster.machines.map(({ disk }) => disk);
  return ring.layout.every((_, partition) => {
    const left = ownersOf(ring, partition).present.filter((owner) => !lost.includes(owner));
    const names = new Set(disks.flatMap((disk) => [...disk.rowsOf(partition).keys()]));
    return [...names].every((name) => {
      const rows = disks.map((disk) => disk.rowsOf(partition).get(name));
      const newest = rows.map((row) => row?.written ?? NO_VERSION).reduce(newestVersion);
      const holds = (owner: NodeId) => {
        const row = cluster.diskOf(owner)?.rowsOf(partition).get(name);
        return row && isIntactRow(row) && compareVersions(row.written, newest) === 0;
      };
      return left.length > 0 && left.every(holds);
    });
  });
}
