/** What makes a node doubt itself, and how long. */
import * as assert from 'uvu/assert';
import { LAN } from '../../../actors/membership/config.js';
import { LocalHealth } from '../../../actors/membership/local-health.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership local health');

test('missed nacks, a failed probe alone, an accusation, a late timer -> worse', () => {
  const health = new LocalHealth(LAN);
  const scores = [];
  for (const event of ['probeFailedAlone', 'wasAccused', 'timerWasLate'] as const) {
    health[event]();
    scores.push(health.score);
  }
  health.probeFailed(3);
  scores.push(health.score);
  assert.equal(scores, [1, 2, 3, 6]);
});

test('all relays said that they hear nothing either -> we are well', () => {
  const health = new LocalHealth(LAN);
  health.probeFailed(0);
  assert.is(health.score, 0);
});

test('answers -> better again, one at a time', () => {
  const health = new LocalHealth(LAN);
  health.probeFailed(2);
  health.probeAnswered();
  assert.is(health.score, 1);
  health.probeAnswered();
  health.probeAnswered();
  assert.is(health.score, 0);
});

test('from 0 to 7, and times grow up to eightfold', () => {
  const health = new LocalHealth(LAN);
  assert.is(health.scale(500), 500);
  health.probeFailed(100);
  assert.is(health.score, 7);
  assert.is(health.scale(500), 4000);
});

test('plain SWIM -> never in doubt', () => {
  const health = new LocalHealth({ ...LAN, lifeguard: false });
  health.probeFailed(100);
  assert.is(health.scale(500), 500);
});

test.run();
