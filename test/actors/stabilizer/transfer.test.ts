/** The paths of a transfer: what it pulls, when it tries again, and when it reports. */
import * as assert from 'uvu/assert';
import { type TransferEvent, transferMachine } from '../../../actors/stabilizer/transfer.js';
import { suite } from '../../support/runner/suite.js';
import { hostChild } from '../chart-host.js';

const test = suite('transfer chart');

const EFFECTS = ['pull', 'reportPulled', 'tellHowFar'];
const RETRY_PULL_MS = 500;
const TELL_AGAIN_MS = 1000;

function start(...partitions: number[]) {
  const hosted = hostChild(transferMachine, EFFECTS, { epoch: 2, partitions });
  const send = (...events: TransferEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  return { ...hosted, send, context: () => hosted.actor.getSnapshot().context };
}

const moved = { records: 2, bytes: 10 };
const pulled = (partition: number): TransferEvent => ({
  type: 'partition.pulled',
  partition,
  ...moved,
});
const failed = (partition: number, reason = 'lost', some = 0): TransferEvent => ({
  type: 'pull.failed',
  partition,
  reason,
  records: some,
  bytes: 5 * some,
});

test('a transition -> a few partitions at once, the next when one is done, then reports', () => {
  const { state, done, send, fireTimers, facts } = start(3, 4, 5, 6, 7);
  assert.equal(done(), ['pull 3', 'pull 4', 'pull 5', 'pull 6']);
  send(pulled(4));
  assert.equal(done(), ['pull 7']);
  assert.equal(facts.at(-1), {
    type: 'transfer.progress',
    epoch: 2,
    done: 1,
    total: 5,
    ...moved,
  });
  send(pulled(3), pulled(5), pulled(6));
  assert.is(state(), 'pulling');
  send(pulled(7));
  assert.is(state(), 'reporting');
  assert.equal(facts.at(-1), { type: 'transfer.done', epoch: 2, records: 10, bytes: 50 });
  fireTimers();
  assert.equal(done(), ['tellHowFar', 'reportPulled', 'tellHowFar', 'reportPulled']);
});

test('a failed pull -> waits and says why, goes on with the others before it tries again', () => {
  const { state, done, send, fireTimers, context } = start(3, 4, 5, 6, 7);
  done();
  send(failed(3, 'peer: lost'));
  assert.is(state(), 'waiting');
  assert.is(context().waitingBecause, 'peer: lost');
  fireTimers(RETRY_PULL_MS);
  assert.is(state(), 'pulling');
  assert.equal(done(), ['pull 7']);
  send(pulled(4));
  assert.equal(done(), ['pull 3']);
  assert.is(context().waitingBecause, undefined);
});

test('what the other pulls bring while it waits -> counts', () => {
  const { state, send, done, fireTimers, context } = start(3, 4, 5);
  send(failed(3), pulled(4), failed(5, 'lost', 1));
  assert.is(state(), 'waiting');
  assert.is(context().records, 3);
  assert.is(context().bytes, 15);
  done();
  fireTimers(RETRY_PULL_MS);
  assert.equal(done(), ['pull 3', 'pull 5']);
});

test('while it pulls or waits -> tells how far it is, again and again, and then no more', () => {
  const { done, send, fireTimers } = start(3);
  done();
  fireTimers(TELL_AGAIN_MS);
  send(failed(3));
  fireTimers(TELL_AGAIN_MS);
  assert.equal(done(), ['tellHowFar', 'tellHowFar']);
  fireTimers(RETRY_PULL_MS);
  send(pulled(3));
  done();
  // Set when it began to report, and no other timer.
  fireTimers(TELL_AGAIN_MS);
  assert.equal(done(), ['tellHowFar', 'reportPulled']);
});

test('something comes that nobody pulls -> a mistake of ours, and not counted', () => {
  const { actor, send } = start(3);
  const failures: unknown[] = [];
  actor.subscribe({ error: (error) => failures.push(error) });
  send(pulled(4));
  assert.match(String(failures[0]), /was being pulled/);
});

test.run();
