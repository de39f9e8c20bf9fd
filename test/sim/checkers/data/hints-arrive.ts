/**
 * What was acknowledged at level `any`, by one owner or as a hint, is there in the end, or something
 * newer. Asked for only where nothing is lost but time: disks keep what is on them, nobody goes,
 * and no clock makes others doubt what was stamped.
 */
import { compareVersions, formatVersion, NO_VERSION } from '../../../../src/core/data/version.js';
import { type Operation, showOperation } from '../../load/history.js';
import type { FaultKind, Options } from '../../options.js';
import type { Check } from '../checker.js';

const HARMLESS: readonly FaultKind[] = [
  ...(['isolate', 'halves', 'oneWay', 'bridge', 'swizzle', 'clog', 'reset'] as const),
  ...(['kill', 'powerCut', 'killAll', 'shutDown', 'killVoter', 'muteProposer'] as const),
  ...(['pause', 'stutter', 'diskError', 'diskFull', 'diskTight', 'diskSlow', 'flap'] as const),
  ...(['outage', 'anotherEpoch'] as const),
];

export const hintsArrive: Check = ({ cluster, history, options }, violated) => {
  const isAskedFor = losesNothing(options);
  const kept = new Map<string, Operation>();
  return {
    invariant: 'hints arrive',
    completed(operation) {
      const { level, outcome, version, key } = operation;
      if (!isAskedFor || level !== 'any' || outcome !== 'ok') return;
      const before = kept.get(key)?.version ?? NO_VERSION;
      if (compareVersions(version ?? NO_VERSION, before) > 0) kept.set(key, operation);
    },
    end() {
      if (cluster.machines.some(({ running }) => !running)) return;
      for (const [key, write] of kept) {
        const last = history.operations.findLast(
          (read) => read.kind === 'read' && read.level === 'quorum' && read.key === key,
        );
        const { version = NO_VERSION } = last ?? {};
        if (compareVersions(version, write.version ?? NO_VERSION) >= 0) continue;
        violated(`${showOperation(write)}; in the end ${key} is at ${formatVersion(version)}`);
      }
    },
  };
};

function losesNothing({ faults, evictAfterMs, lateMachines }: Options): boolean {
  const kinds = Object.keys(faults) as FaultKind[];
  return evictAfterMs === 0 && lateMachines === 0 && kinds.every((kind) => HARMLESS.includes(kind));
}
