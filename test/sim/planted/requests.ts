/** Planted bugs in what clients ask for now and then: see `planted.ts`. */
import { ClusterClock } from '../../../src/node/membership/cluster-clock.js';
import { SimStore } from '../disk/store.js';
import type { PlantedBugs } from './bug.js';
import { replace } from './replace.js';
import { expiring, hinted } from './scenarios.js';

export const REQUEST_BUGS: PlantedBugs = {
  keepNoHints: {
    what: 'a hint is said to be kept, and is not',
    caughtBy: 'hints arrive',
    plant: replace(SimStore, 'hint', (self, _hint, { record }, done) =>
      self.status(() => done(record.length > 0)),
    ),
    scenario: hinted,
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
