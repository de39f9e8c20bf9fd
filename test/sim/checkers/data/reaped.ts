/**
 * Nothing is let go of for good that not every owner has held: when owners are told to, each of
 * them has it on its disk, or what came after it, or has let go of it already.
 */
import { compareVersions, formatVersion, NO_VERSION } from '../../../../src/core/data/version.js';
import { heldVersion } from '../../faults/rot.js';
import type { Check } from '../checker.js';

export const reapedWasHeldByAll: Check = ({ cluster }, violated) => ({
  invariant: 'what is reaped was held by all',
  sent(_from, _to, message) {
    if (message.type !== 'partition.reap') return;
    const { partition, epoch, entries } = message;
    for (const { key, version } of entries) {
      const name = key.toString();
      for (const owner of cluster.ownersOf(name, epoch)?.present ?? []) {
        if (compareVersions(heldVersion(cluster, owner, name), version) >= 0) continue;
        const reaped = cluster.diskOf(owner)?.reaped.get(partition) ?? NO_VERSION;
        if (compareVersions(reaped, version) >= 0) continue;
        violated(`${formatVersion(version)} of ${name}, which ${owner} does not hold`);
      }
    }
  },
});
