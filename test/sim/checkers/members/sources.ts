/**
 * A node drops what it holds of a partition only when all its owners hold what anybody was told of,
 * or something newer; what rotted there, or was lost with a disk, counts as held. What nobody was
 * told of may go: a write that failed need not be anywhere. So may what is gone for good.
 *
 * Where reads need not meet, one owner alone may tell what is ahead of the clocks of others: that
 * is spread to nobody (`src/node/replica/credibility.ts`), and as such a read promises nothing
 * about the next one, it may go as well.
 *
 * A coming owner that forgets what it held long ago, up to where others have reaped, is no source:
 * of its rows it is enough that a quorum of the owners holds them.
 */

import { wallTimeOf } from '../../../../src/core/data/hybrid-clock.js';
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type NodeId,
  type Version,
} from '../../../../src/core/data/version.js';
import { ownersOf } from '../../../../src/core/ring/ring.js';
import { PLAUSIBLE_MS } from '../../cluster/clocks.js';
import { heldVersion } from '../../faults/rot.js';
import type { Operation } from '../../load/history.js';
import type { Check, Scene } from '../checker.js';
import { isGone } from '../data/gone.js';
import { isStrict } from '../data/strict.js';

export const sourcesStay: Check = ({ cluster, options }, violated) => {
  const needNotMeet = ({ level }: Operation) => {
    if (typeof level !== 'number' && level !== 'quorum') return false;
    return 2 * (level === 'quorum' ? options.readQuorum : level) <= options.replicas;
  };
  /** The newest version of a key that somebody has been told of. */
  const known = new Map<string, Version>();
  return {
    invariant: 'sources stay until they are copied',
    completed(operation) {
      const { key, outcome, version } = operation;
      if (outcome !== 'ok' || !version || !isStrict(operation, options)) return;
      const isLoose = operation.kind === 'read' && needNotMeet(operation);
      if (isLoose && isAheadOfOne(cluster, version)) return;
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

/** Whether it comes from the future for any of the nodes. */
function isAheadOfOne({ running }: Scene['cluster'], { time }: Version): boolean {
  return running.some(({ node }) => node && wallTimeOf(time) > node.wallMs() + PLAUSIBLE_MS);
}
