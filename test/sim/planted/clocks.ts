/** Planted bugs of clocks, each with the checker that has to catch it: see `planted.ts`. */
import { HybridClock, wallTimeOf } from '../../../src/core/data/hybrid-clock.js';
import { ClusterClock } from '../../../src/node/membership/cluster-clock.js';
import { SimStore } from '../disk/store.js';
import { MAX_CLOCK_DRIFT_MS } from '../options.js';
import type { PlantedBugs } from './bug.js';
import { replace, replaceGetter, together } from './replace.js';
import { clocksSetBack, oneClockAhead } from './scenarios.js';

const stampsByAnyClock = replaceGetter(ClusterClock, 'aheadMs', () => 0);

export const CLOCK_BUGS: PlantedBugs = {
  stampByAnyClock: {
    what: 'a node does not find out that its clock is wrong, and stamps by it',
    caughtBy: 'versions grow',
    plant: stampsByAnyClock,
    scenario: oneClockAhead,
  },
  believeAnyClock: {
    what: 'it does, and versions from far in the future are taken',
    caughtBy: 'versions grow',
    plant: together(
      stampsByAnyClock,
      replace(HybridClock, 'isTooFarAhead', () => false),
    ),
    scenario: oneClockAhead,
  },
  waitForTime: {
    what: 'versions ahead of the wall clock are refused, although all clocks were set back',
    caughtBy: 'every node serves every key',
    plant: replace(
      HybridClock,
      'isTooFarAhead',
      (_, _isTooFarAhead, time, wallMs) => wallTimeOf(time) > wallMs + MAX_CLOCK_DRIFT_MS,
    ),
    scenario: clocksSetBack,
  },
  forgetEpochOfCeiling: {
    what: 'after a restart the clock begins anew in the same epoch',
    caughtBy: 'versions grow',
    plant: replace(SimStore, 'setMeta', (_, setMeta, name, text, done) =>
      setMeta(name, name === 'clock.ceiling' ? text.replace(/^\d+/, '0') : text, done),
    ),
    scenario: clocksSetBack,
  },
};
