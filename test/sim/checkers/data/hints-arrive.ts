/**
 * What was acknowledged at level `any`, by one owner or as a hint, is not gone when all has healed:
 * it, or something newer, is at the owners, or a hint still on its way to them. Not if there is
 * another epoch since: who becomes an owner asks a quorum of those before, and one copy may be none
 * of theirs. That an epoch may be new with the same owners (`anotherEpoch`) is not told apart.
 * Nor where bits flip, clocks make owners doubt what was stamped, or hints are given up early.
 */
import { isIntactRecord, recordKey, recordVersion } from '../../../../src/core/data/record.js';
import { compareVersions, formatVersion, NO_VERSION } from '../../../../src/core/data/version.js';
import { heldVersion } from '../../faults/rot.js';
import { type Operation, showOperation } from '../../load/history.js';
import type { FaultKind, Options } from '../../options.js';
import type { Check } from '../checker.js';

const HOUR_MS = 3_600_000;
const HARMFUL: readonly FaultKind[] = [
  ...(['bitFlip', 'hintFlip'] as const),
  ...(['clockAhead', 'clockBehind', 'clockDrift', 'clocksForth', 'clocksBack'] as const),
];

export const hintsArrive: Check = ({ cluster, options }, violated) => {
  const isAskedFor = keepsSingleCopies(options);
  let epoch = 0;
  /** Of each key the newest, of that epoch. */
  const kept = new Map<string, Operation>();

  function isThere({ key, version = NO_VERSION }: Operation): boolean {
    const { present = [] } = cluster.ownersOf(key) ?? {};
    if (present.some((owner) => compareVersions(heldVersion(cluster, owner, key), version) >= 0)) {
      return true;
    }
    const hints = cluster.machines.flatMap(({ disk }) => [...disk.hints.values()]);
    return hints.some(
      ({ record }) =>
        isIntactRecord(record) &&
        recordKey(record).toString() === key &&
        compareVersions(recordVersion(record), version) >= 0,
    );
  }

  return {
    invariant: 'hints arrive',
    fact(_, fact) {
      if (fact.type !== 'ring.changed' || fact.ring.epoch <= epoch) return;
      epoch = fact.ring.epoch;
      kept.clear();
    },
    completed(operation) {
      const { kind, level, outcome, version = NO_VERSION, key } = operation;
      if (!isAskedFor || kind === 'read' || level !== 'any' || outcome !== 'ok') return;
      const isNewer = compareVersions(version, kept.get(key)?.version ?? NO_VERSION) > 0;
      if (isNewer && operation.epoch === epoch) kept.set(key, operation);
    },
    rested() {
      // Its disk may be the only one.
      if (!cluster.machines.every(({ running, isAway }) => running || isAway)) return;
      for (const write of kept.values()) {
        if (isThere(write)) continue;
        violated(`${showOperation(write)}; ${formatVersion(write.version!)} is nowhere`);
      }
    },
  };
};

/** Hints that are kept for less than a run may be given up before their target is back. */
function keepsSingleCopies({ faults, hintWindowMs }: Options): boolean {
  return hintWindowMs >= HOUR_MS && HARMFUL.every((kind) => faults[kind] === undefined);
}
