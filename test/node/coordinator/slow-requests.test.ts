/** Slow requests: told with their steps once it is known that there are some; never too many. */
import * as assert from 'uvu/assert';
import type { RequestFact } from '../../../src/events/facts.js';
import { SlowRequests } from '../../../src/node/coordinator/slow-requests.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('slow requests');
const STEPS = [{ atMs: 1, what: 'asked' }];

function start() {
  const clock = new ManualClock();
  const facts: RequestFact[] = [];
  const slow = new SlowRequests(500, clock, (fact) => facts.push(fact));
  const request = (key = 'k', explained = false) =>
    slow.note((explained ? { explanation: { steps: STEPS } } : {}) as never, 501.4, {
      operation: 'put',
      level: 'quorum',
      key: Buffer.from(key),
      outcome: 'ok',
    });
  return { clock, facts, slow, request };
}

test('longer than the limit -> slow; at the limit -> not', () => {
  const { slow } = start();
  assert.equal(
    [500, 500.1].map((ms) => slow.isSlow(ms)),
    [false, true],
  );
});

test('all goes well -> nobody is explained; after a slow one the next 64 are', () => {
  const { slow, facts, request } = start();
  assert.not(slow.takeTurn());
  request('one');
  let explained = 0;
  while (slow.takeTurn()) explained++;
  assert.is(explained, 64);
  assert.equal(facts, [
    {
      ...{ type: 'request.slow', operation: 'put', level: 'quorum', key: 'one', outcome: 'ok' },
      ...{ tookMs: 501, steps: [], unsaid: 0 },
    },
  ]);
  request('two', true);
  assert.equal(facts[1]!.steps, STEPS);
});

test('very many -> twenty at once, then ten a second, and how many are not said', () => {
  const { clock, facts, request } = start();
  for (let i = 0; i < 1000; i++) request();
  assert.is(facts.length, 20);
  clock.advance(100);
  request();
  request();
  assert.is(facts.length, 21);
  assert.is(facts[20]!.unsaid, 980);
  clock.advance(60_000);
  for (let i = 0; i < 100; i++) request();
  assert.is(facts.length, 41);
  assert.is(facts[21]!.unsaid, 1);
});

test('a long key -> its beginning', () => {
  const { facts, request } = start();
  request('ä'.repeat(400));
  assert.is(facts[0]!.key, 'ä'.repeat(100));
});

test.run();
