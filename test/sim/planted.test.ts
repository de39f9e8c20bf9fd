/** A share of the planted bugs, each of which the simulator has to catch. */
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';
import type { RunResult } from './run.js';
import { sweep } from './sweep.js';

/** At most; the longer run is `npm run sim:planted`. The first seed stands for a large world. */
const FIRST_SEED = 2;
const SEEDS = 30;
/** Of those that are caught soon: writes lost, order lost, lives mixed up, rounds cut short. */
const PLANTED = [
  'writeQuorumOfOne',
  'acknowledgeBeforeCommit',
  'skipRestamp',
  'saveNoIdentity',
  'roundQuorumOfOne',
  'skipIdentity',
  'listByOneOwner',
  'cursorByPosition',
];

const test = suite('planted bugs', { limitMs: 170_000 });

for (const planted of PLANTED) {
  test(`${planted} planted -> caught`, async () => {
    const caught: RunResult[] = [];
    await sweep({
      seeds: Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index),
      // Most are caught in the first one.
      jobs: 0,
      planted,
      stopAtFirst: true,
      ended: (result) => void (result.violation && caught.push(result)),
    });
    assert.ok(caught.length > 0, `not caught in ${SEEDS} seeds`);
  });
}

test.run();
