/** Planted bugs in what clients ask for now and then: see `planted.ts`. */
import { OwnerSelection } from '../../../actors/coordinator/owner-selection.js';
import { wallTimeOf } from '../../../src/core/data/hybrid-clock.js';
import { decodeRecord, type EncodedRecord, encodeRecord } from '../../../src/core/data/record.js';
import { ClusterClock } from '../../../src/node/membership/cluster-clock.js';
import { HintIntake } from '../../../src/node/replica/hint-intake.js';
import { SimStore } from '../disk/store.js';
import type { PlantedBugs } from './bug.js';
import { replace, together } from './replace.js';
import { expiring, fewOwners, hinted, hintsOutlive } from './scenarios.js';

/** What came as a hint. */
const fromHints = new WeakSet<EncodedRecord>();

export const REQUEST_BUGS: PlantedBugs = {
  keepNoHints: {
    what: 'a hint is said to be kept, and is not',
    caughtBy: 'hints arrive',
    plant: replace(SimStore, 'hint', (self, _hint, { record }, done) =>
      self.status(() => done(record.length > 0)),
    ),
    scenario: hinted,
  },
  takeReapedHints: {
    what: 'hints are kept for ever, and what was reaped meanwhile is not in their way',
    caughtBy: 'regular reads',
    plant: together(
      replace(SimStore, 'hint', (_, hint, given, done) =>
        hint({ ...given, expiresAt: Number.MAX_SAFE_INTEGER }, done),
      ),
      replace(HintIntake, 'take', (_, take, records, epoch, done) => {
        for (const record of records) fromHints.add(record);
        take(records, epoch, done);
      }),
      replace(SimStore, 'write', (self, write, record, done) =>
        fromHints.has(record) ? self.copy(record, done) : write(record, done),
      ),
    ),
    scenario: hintsOutlive,
  },
  fewerThanAsked: {
    what: 'where fewer owners are asked for than a write quorum, one is enough',
    caughtBy: 'acknowledged writes stay',
    plant: replace(OwnerSelection, 'groups', (_, groups, ring, key, level, kind) => {
      const right = groups(ring, key, level, kind);
      const isFew = kind === 'write' && typeof level === 'number' && level < ring.writeQuorum;
      if (!isFew || !Array.isArray(right)) return right;
      return right.map((group) => ({ ...group, needed: 1 }));
    }),
    scenario: fewOwners,
  },
  expireByOwnClock: {
    what: 'values expire by the clock of whoever is asked, however wrong it is',
    caughtBy: 'values expire in time',
    plant: replace(ClusterClock, 'now', (self, now) => {
      const isWrong = Math.abs(self.aheadMs) > self.maxDriftMs;
      return isWrong ? now() + self.aheadMs : now();
    }),
    scenario: expiring,
  },
  expireByArrival: {
    what: 'at each owner the time that a value has begins when it comes there',
    caughtBy: 'values expire in time',
    plant: together(
      replace(ClusterClock, 'now', (_, now) => {
        wallMs = now();
        return wallMs;
      }),
      replace(SimStore, 'write', (_, write, record, done) => write(asOfNow(record), done)),
      replace(SimStore, 'copy', (_, copy, record, done) => copy(asOfNow(record), done)),
    ),
    scenario: expiring,
  },
};

/** What it was at last, wherever. */
let wallMs = 0;

function asOfNow(record: EncodedRecord): EncodedRecord {
  const { expiresAt, version, ...rest } = decodeRecord(record);
  if (expiresAt === 0) return record;
  const ttlMs = expiresAt - wallTimeOf(version.time);
  return encodeRecord({ ...rest, version, expiresAt: Math.floor(wallMs) + ttlMs });
}
