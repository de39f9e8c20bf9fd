/**
 * Nothing is let go of for good that is not over, and that not every owner has held: when owners
 * are told to, each of them has it on its disk, or what came after it, or has let go of it already.
 */
import { type EncodedRecord, recordEnd } from '../../../../src/core/data/record.js';
import { compareVersions, formatVersion, NO_VERSION } from '../../../../src/core/data/version.js';
import { heldVersion } from '../../faults/rot.js';
import { BEGINNING_MS } from '../../world/clock.js';
import type { Check } from '../checker.js';

export const reapedWasHeldByAll: Check = ({ cluster, world }, violated) => {
  function isOver(record: EncodedRecord): boolean {
    const end = recordEnd(record);
    const ahead = cluster.machines.map(({ options: { wall } }) => wall.mostAheadMs);
    return end !== undefined && end <= BEGINNING_MS + world.now + Math.max(...ahead);
  }
  return {
    invariant: 'what is reaped was held by all',
    sent(_from, _to, message) {
      if (message.type !== 'partition.reap') return;
      const { partition, epoch, entries } = message;
      for (const { key, version } of entries) {
        const name = key.toString();
        for (const owner of cluster.ownersOf(name, epoch)?.present ?? []) {
          const row = cluster.diskOf(owner)?.row(name);
          const isIt = row !== undefined && compareVersions(row.written, version) === 0;
          if (isIt && !isOver(row.record)) {
            violated(`${formatVersion(version)} of ${name}, which is not over`);
          }
          if (compareVersions(heldVersion(cluster, owner, name), version) >= 0) continue;
          const reaped = cluster.diskOf(owner)?.reaped.get(partition) ?? NO_VERSION;
          if (compareVersions(reaped, version) >= 0) continue;
          violated(`${formatVersion(version)} of ${name}, which ${owner} does not hold`);
        }
      }
    },
  };
};
