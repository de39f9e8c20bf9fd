/**
 * No acknowledged write is lost. At the moment of the acknowledgement a write quorum of the owners
 * (of both sets, while owners change) has the version, or a newer one, synced on its disk; so has a
 * write quorum of whoever owns the key when another ring comes into force; and when all is over,
 * every node returns it or a later one.
 *
 * For a write that asks for less it is only that moment, and as many owners as it has asked for;
 * `any` promises nothing of owners (`hints-arrive.ts`).
 *
 * A row that rotted later counts here as intact: the fault budget sees to it that enough are left.
 */
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type Version,
} from '../../../../src/core/data/version.js';
import { showOperation } from '../../load/history.js';
import type { Check } from '../checker.js';
import { isGone } from './gone.js';
import { lackOfAsked, lackOfHolders, lackOfOwners } from './holders.js';
import { isStrict } from './strict.js';

export const acknowledgedWrites: Check = ({ cluster, history, options }, violated) => {
  const acknowledged = new Map<string, Version>();
  let lastEpoch = 0;

  return {
    invariant: 'acknowledged writes stay',
    fact(_, fact) {
      if (fact.type !== 'ring.changed' || fact.ring.epoch <= lastEpoch) return;
      lastEpoch = fact.ring.epoch;
      for (const [key, version] of acknowledged) {
        if (isGone({ cluster }, { key, version: undefined }, version)) continue;
        const lack = lackOfOwners({ cluster, options }, { key, version });
        if (lack) violated(`${formatVersion(version)} of ${key} is ${lack} in epoch ${lastEpoch}`);
      }
    },
    completed(operation) {
      const { kind, key, outcome, version, epoch, level } = operation;
      if (kind === 'read' || outcome !== 'ok' || level === 'any') return;
      const write = { key, version: version!, epoch, level };
      const isSafe = isStrict(operation, options);
      if (isSafe && compareVersions(version!, acknowledged.get(key) ?? NO_VERSION) > 0) {
        acknowledged.set(key, version!);
      }
      const lack = isSafe
        ? lackOfHolders({ cluster, options }, write)
        : lackOfAsked({ cluster }, write);
      if (lack) violated(`${showOperation(operation)} ${lack}`);
    },
    end() {
      for (const [key, version] of acknowledged) {
        for (const { name } of cluster.running) {
          const last = history.operations.findLast(
            (read) =>
              read.kind === 'read' &&
              read.level === 'quorum' &&
              read.key === key &&
              read.machine === name,
          );
          const seen = last?.outcome === 'ok' ? (last.version ?? NO_VERSION) : undefined;
          if (seen && compareVersions(seen, version) >= 0) continue;
          if (last?.outcome === 'ok' && isGone({ cluster }, last, version)) continue;
          const what = last ? showOperation(last) : 'no read';
          violated(`${formatVersion(version)} of ${key} was acknowledged; in the end: ${what}`);
        }
      }
    },
  };
};
