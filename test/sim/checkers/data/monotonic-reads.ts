/**
 * A read that starts after another one ended does not return anything older: the answer of the
 * first waited until a read quorum held what it returned. That any two read quorums meet is a
 * matter of the settings; where they need not, nothing is promised.
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

export const monotonicReads: Check = ({ cluster, options }, violated) => {
  const isPromised = 2 * options.readQuorum > options.replicas;
  const read = new Map<string, Version>();
  const readAtStart = new Map<Operation, Version>();
  return {
    invariant: 'monotonic reads',
    invoked(operation) {
      if (operation.kind === 'read') {
        readAtStart.set(operation, read.get(operation.key) ?? NO_VERSION);
      }
    },
    completed(operation) {
      const { kind, key, outcome, version = NO_VERSION } = operation;
      if (kind !== 'read') return;
      const before = readAtStart.get(operation)!;
      readAtStart.delete(operation);
      if (outcome !== 'ok' || !isPromised || !isStrict(operation, options)) return;
      if (compareVersions(version, before) < 0 && !isGone({ cluster }, operation, before)) {
        violated(`${showOperation(operation)} although ${formatVersion(before)} was read before`);
      }
      if (compareVersions(version, read.get(key) ?? NO_VERSION) > 0) read.set(key, version);
    },
  };
};
