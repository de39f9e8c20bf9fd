/**
 * Nothing is let go of for good that was not over for as long as hints are kept, and that not every
 * owner has held: when a node lets go of it, each of them has it on its disk, or what came after
 * it, or has let go of it already, or takes nothing as old of a key of which it holds nothing.
 *
 * All owners judge what is over, each by what it takes for the time of the cluster.
 */
import { isIntactRecord, recordEnd } from '../../../../src/core/data/record.js';
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type NodeId,
} from '../../../../src/core/data/version.js';
import type { PageEntry } from '../../../../src/ports.js';
import { clusterAheadMs } from '../../cluster/clocks.js';
import { nameOf } from '../../disk/disk.js';
import { heldVersion } from '../../faults/rot.js';
import { BEGINNING_MS } from '../../world/clock.js';
import type { Check, Scene } from '../checker.js';

export const reapedWasHeldByAll: Check = ({ cluster, world, options }, violated) => ({
  invariant: 'what is reaped was held by all',
  reaping({ disk, name: machine, running }, { entries }) {
    const epoch = running?.node.ring()?.epoch;
    for (const entry of entries) {
      const { key, version } = entry;
      const tell = (what: string) =>
        violated(`${formatVersion(version)} of ${key}, which ${what}, by ${machine}`);
      const owners = epoch === undefined ? undefined : cluster.ownersOf(key.toString(), epoch);
      if (!owners) {
        tell(`goes in epoch ${epoch}, which nobody knows`);
        continue;
      }
      const { present, coming = [] } = owners;
      const row = disk.row(key.toString());
      const overBy = BEGINNING_MS + world.now + clusterAheadMs(cluster, present.length);
      const isIt = row !== undefined && compareVersions(row.written, version) === 0;
      const endsAt = isIt && isIntactRecord(row.record) ? recordEnd(row.record) : row?.endsAt;
      if (isIt && (endsAt ?? Infinity) > overBy - options.hintWindowMs) {
        tell('is not over for long enough');
      }
      for (const owner of [...present, ...coming]) {
        if (!hasHeld(cluster, owner, entry)) tell(`${owner} does not hold`);
      }
    }
  },
});

function hasHeld(cluster: Scene['cluster'], owner: NodeId, { key, version }: PageEntry): boolean {
  const name = key.toString();
  const held = heldVersion(cluster, owner, name);
  // Anything older would come to light again, however far the owner has reaped.
  if (compareVersions(held, NO_VERSION) > 0) return compareVersions(held, version) >= 0;
  const disk = cluster.machineOf(owner)?.disk;
  const gone = disk?.gone.get(nameOf(key)) ?? NO_VERSION;
  const reaped = disk?.reaped.get(cluster.partitionOf(name)) ?? NO_VERSION;
  return [gone, reaped].some((each) => compareVersions(each, version) >= 0);
}
