/** Planted bugs in what clients ask for now and then: see `planted.ts`. */
import { OwnerSelection } from '../../../actors/coordinator/owner-selection.js';
import { ClusterClock } from '../../../src/node/membership/cluster-clock.js';
import { SimStore } from '../disk/store.js';
import type { PlantedBugs } from './bug.js';
import { replace } from './replace.js';
import { expiring, fewOwners, hinted } from './scenarios.js';

export const REQUEST_BUGS: PlantedBugs = {
  keepNoHints: {
    what: 'a hint is said to be kept, and is not',
    caughtBy: 'hints arrive',
    plant: replace(SimStore, 'hint', (self, _hint, { record }, done) =>
      self.status(() => done(record.length > 0)),
    ),
    scenario: hinted,
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
};
