/** Bit rot within the fault budget: see `faults.ts`. */
import { isIntactRecord, recordKey } from '../../../src/core/data/record.js';
import {
  compareVersions,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../../src/core/data/version.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine } from '../cluster/machine.js';
import { isIntactRow, nameOf, type SimDisk } from '../disk/disk.js';
import type { Stream } from '../world/random.js';

/** Flips one bit in one row of a disk; false if it has none, or the budget does not allow it. */
export function flipBit(cluster: Cluster, { disk, nodeId }: Machine, random: Stream): boolean {
  const rows = disk.rows().filter(isIntactRow);
  if (rows.length === 0) return false;
  const key = recordKey(random.pick(rows).record).toString();
  if (nodeId === undefined || !canLose(cluster, key, nodeId)) return false;
  disk.flipAnywhere(key, random);
  return true;
}

/** Whether a write quorum holds the newest synced version of the key intact without this node. */
export function canLose(cluster: Cluster, key: string, node: NodeId): boolean {
  const owners = cluster.ownersOf(key);
  if (!owners) return false;
  const groups = owners.coming ? [owners.present, owners.coming] : [owners.present];
  const newest = newestVersion(cluster, key);
  return groups.every((group) => {
    const holders = group.filter(
      (owner) =>
        owner !== node && compareVersions(syncedVersion(cluster, owner, key), newest) === 0,
    );
    return holders.length >= Math.min(cluster.writeQuorum, group.length);
  });
}

/** The newest that any owner has intact. */
function newestVersion(cluster: Cluster, key: string): Version {
  const { present = [], coming = [] } = cluster.ownersOf(key) ?? {};
  return [...present, ...coming]
    .map((owner) => syncedVersion(cluster, owner, key))
    .reduce((a, b) => (compareVersions(a, b) >= 0 ? a : b), NO_VERSION);
}

/** What a node has intact on its disk. */
function syncedVersion(cluster: Cluster, node: NodeId, key: string): Version {
  const row = cluster.diskOf(node)?.row(key);
  return row && isIntactRow(row) ? row.written : NO_VERSION;
}

/** What a node has on its disk, perhaps damaged, or had when it lost it. */
export function heldVersion(cluster: Cluster, node: NodeId, key: string): Version {
  const machine = cluster.machineOf(node);
  const disk = machine?.formerIds.get(node)?.disk ?? machine?.disk;
  const rows = disk?.rowsOf(cluster.partitionOf(key));
  return rows?.get(nameOf(Buffer.from(key)))?.written ?? NO_VERSION;
}

/** Whether a node has a record of it on its disk that is damaged. */
export function isRotten(cluster: Cluster, node: NodeId, key: Buffer): boolean {
  const row = cluster.diskOf(node)?.row(key.toString());
  return row !== undefined && !isIntactRecord(row.record);
}

export function hasRotten(disk: SimDisk): boolean {
  return !disk.rows().every(isIntactRow);
}
