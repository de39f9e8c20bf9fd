/**
 * A node drops what it holds of a partition only when all its owners hold what anybody was told of,
 * or something newer; what rotted there, or was lost with a disk, counts as held. What nobody was
 * told of may go: a write that failed need not be anywhere. So may what is gone for good.
 *
 * A coming owner that forgets what it held long ago, up to where others have reaped, is no source:
 * of its rows it is enough that a quorum of the owners holds them.
 */

import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../../../src/core/data/version.js';
import { ownersOf } from '../../../../src/core/ring/ring.js';
import { heldVersion } from '../../faults/rot.js';
import type { Check } from '../checker.js';
import { isGone } from '../data/gone.js';
import { isStrict } from '../data/strict.js';

export const sourcesStay: Check = ({ cluster, options }, violated) => {
  /** The newest version of a key that somebody has been told of. */
  const known = new Map<string, Version>();
  return {
    invariant: 'sources stay until they are copied',
    completed(operation) {
      const { key, outcome, version } = operation;
      if (outcome !== 'ok' || !version || !isStrict(operation, options)) return;
      if (compareVersions(version, known.get(key) ?? NO_VERSION) > 0) known.set(key, version);
    },
    dropping(machine, { partition, only }) {
      const ring = machine.running!.node.ring()!;
      const { present } = ownersOf(ring, partition);
      const { readQuorum, writeQuorum } = options;
      const needed = only ? Math.min(readQuorum, writeQuorum, present.length) : present.length;
      const names = only && new Set(only.map(({ key }) => Buffer.from(key).toString('latin1')));
      for (const [name, { written: version }] of machine.disk.rowsOf(partition)) {
        if (names && !names.has(name)) continue;
        const key = Buffer.from(name, 'latin1').toString();
        if (compareVersions(version, known.get(key) ?? NO_VERSION) > 0) continue;
        if (isGone({ cluster }, { key, version: undefined }, version)) continue;
        const lacks = (owner: NodeId) =>
          compareVersions(heldVersion(cluster, owner, key), version) < 0;
        const lacking = present.filter(lacks);
        if (present.length - lacking.length >= needed) continue;
        const what = `${key} at ${formatVersion(version)}`;
        violated(`${machine.name} drops ${what}; ${lacking.join(', ')} lack it`);
      }
    },
  };
};
