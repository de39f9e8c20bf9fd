/**
 * A read that starts after a write was acknowledged returns that write or a later one. (A regular
 * register: Lamport, "On Interprocess Communication", 1986.)
 */
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type Version,
} from '../../../../src/core/data/version.js';
import { type Operation, showOperation } from '../../load/history.js';
import type { Check } from '../checker.js';
import { isGone } from './gone.js';
import { isStrict } from './strict.js';

export const regularReads: Check = ({ cluster, options }, violated) => {
  const acknowledged = new Map<string, Version>();
  const acknowledgedAtStart = new Map<Operation, Version>();
  return {
    invariant: 'regular reads',
    invoked(operation) {
      if (operation.kind !== 'read') return;
      acknowledgedAtStart.set(operation, acknowledged.get(operation.key) ?? NO_VERSION);
    },
    completed(operation) {
      const { kind, key, outcome, version = NO_VERSION } = operation;
      const counts = outcome === 'ok' && isStrict(operation, options);
      if (kind !== 'read') {
        const newest = acknowledged.get(key) ?? NO_VERSION;
        if (counts && compareVersions(version, newest) > 0) acknowledged.set(key, version);
        return;
      }
      const before = acknowledgedAtStart.get(operation)!;
      acknowledgedAtStart.delete(operation);
      if (!counts || compareVersions(version, before) >= 0) return;
      if (isGone({ cluster }, operation, before)) return;
      violated(`${showOperation(operation)} although ${formatVersion(before)} was acknowledged`);
    },
  };
};
