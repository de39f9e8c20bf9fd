/**
 * Of two writes of which one was acknowledged before the other began, the later wins, whatever the
 * clocks say; and a write that began after a read ended is above what that read saw.
 */
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type Version,
} from '../../../../src/core/data/version.js';
import { type Operation, showOperation } from '../../load/history.js';
import type { Check } from '../checker.js';
import { isStrict } from './strict.js';

export const laterWriteWins: Check = ({ options }, violated) => {
  /** The newest version of a key that somebody has been told of. */
  const known = new Map<string, Version>();
  const knownAtStart = new Map<Operation, Version>();
  return {
    invariant: 'later write wins',
    invoked(operation) {
      if (operation.kind === 'read') return;
      knownAtStart.set(operation, known.get(operation.key) ?? NO_VERSION);
    },
    completed(operation) {
      const { kind, key, outcome, version } = operation;
      const before = knownAtStart.get(operation);
      knownAtStart.delete(operation);
      if (outcome !== 'ok' || !version || !isStrict(operation, options)) return;
      if (kind !== 'read' && compareVersions(version, before!) <= 0) {
        const earlier = formatVersion(before!);
        violated(`${showOperation(operation)} although ${earlier} was known when it began`);
      }
      if (compareVersions(version, known.get(key) ?? NO_VERSION) > 0) known.set(key, version);
    },
  };
};
