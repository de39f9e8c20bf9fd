/**
 * A value that expires is there until its time has come, and then it is not, by the time of the
 * cluster: whatever the clock of the node says that is asked. What the cluster takes for the time
 * is between the clocks of its members, but for what may be wrong with their measuring. One clock
 * alone that is ahead by more than drift makes nothing expire, if others were asked as well; one
 * that is behind may keep a value alive, where two nodes see nobody else
 * (`src/node/membership/cluster-clock.ts`). And one version is over at one time, whichever owner is
 * asked, and however late it came there.
 */

import { formatVersion } from '../../../../src/core/data/version.js';
import { clusterAheadMs, MEASURING_MS } from '../../cluster/clocks.js';
import { showOperation } from '../../load/history.js';
import { BEGINNING_MS } from '../../world/clock.js';
import type { Check } from '../checker.js';
import { isStrict } from './strict.js';

export const valuesExpireInTime: Check = ({ cluster, options }, violated) => {
  function mostBehindMs(): number {
    return Math.min(...cluster.machines.map(({ options: { wall } }) => wall.leastAheadMs));
  }
  /** By the key and version. */
  const ends = new Map<string, number>();
  return {
    invariant: 'values expire in time',
    completed(operation) {
      const { kind, key, version, outcome, expiry, invokedAt, completedAt } = operation;
      if (kind !== 'read' || outcome !== 'ok' || !expiry) return;
      const name = `${key} ${version && formatVersion(version)}`;
      const told = ends.get(name) ?? expiry.atMs;
      ends.set(name, told);
      if (told !== expiry.atMs) {
        violated(`${showOperation(operation)}: over at ${expiry.atMs}, and at ${told} before`);
      }
      const judges = isStrict(operation, options) ? options.readQuorum : 1;
      const latest = completedAt + clusterAheadMs(cluster, judges);
      const earliest = invokedAt + mostBehindMs() - MEASURING_MS;
      const atMs = expiry.atMs - BEGINNING_MS;
      if (expiry.hasExpired && latest < atMs) {
        violated(`${showOperation(operation)}: expired, ${atMs - latest} ms too soon`);
      }
      if (!expiry.hasExpired && earliest >= atMs) {
        violated(`${showOperation(operation)}: still there, ${earliest - atMs} ms too late`);
      }
    },
  };
};
