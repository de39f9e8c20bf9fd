/** Writes at level `any`: what becomes of one that no owner takes. */
import * as assert from 'uvu/assert';
import type { Written } from '../../../src/core/requests.js';
import { suite } from '../../support/runner/suite.js';
import { A, B, C, open } from './coordinating.js';

const test = suite('hinted write');

const TIMEOUT_MS = 1000;

/** No owner takes it. */
function refused() {
  const parts = open();
  parts.begin.write({ level: 'any', timeoutMs: TIMEOUT_MS });
  while (parts.asked[0]) parts.asked[0].answer('unreachable');
  const outcome = () => {
    const [first] = parts.outcomes;
    if (first === undefined) return 'none yet';
    return first.ok ? `kept as ${first.reached}` : `${first.code}, applied: ${first.applied}`;
  };
  return { ...parts, outcome };
}

test('no owner takes it -> acknowledged as soon as there is a hint for each', () => {
  const { outcome, missed, keep, stop } = refused();
  assert.equal(missed, [A, B, C]);
  keep(true);
  keep(false);
  assert.is(outcome(), 'none yet');
  keep(true);
  assert.is(outcome(), 'kept as hint');
  stop();
});

test('no hint finds room -> it was not made', () => {
  const { outcome, keep, stop } = refused();
  for (let i = 0; i < 3; i++) keep(false);
  assert.is(outcome(), 'quorum_unavailable, applied: no');
  stop();
});

test('the disk is stuck -> told when time is up that it is not known, once', async () => {
  const { outcome, outcomes, keep, pass, stop } = refused();
  keep(true);
  await pass(TIMEOUT_MS - 1);
  assert.is(outcome(), 'none yet');
  await pass(1);
  assert.is(outcome(), 'outcome_unknown, applied: unknown');
  keep(true);
  keep(true);
  assert.is(outcomes.length, 1);
  stop();
});

test('owners took all of the time -> a disk that is in order still keeps it', async () => {
  const { begin, asked, outcomes, keep, pass, stop } = open();
  begin.write({ level: 'any', timeoutMs: TIMEOUT_MS });
  await pass(TIMEOUT_MS);
  while (asked[0]) asked[0].answer('timeout');
  await pass(100);
  for (let i = 0; i < 3; i++) keep(true);
  assert.is((outcomes[0] as Written).reached, 'hint');
  stop();
});

test.run();
