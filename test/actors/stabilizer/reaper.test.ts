/** The paths of the reaper: what is looked at, confirmed and let go, and when again. */
import * as assert from 'uvu/assert';
import { type ReaperEvent, reaperMachine } from '../../../actors/stabilizer/reaper.js';
import { version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { hostChild } from '../chart-host.js';

const test = suite('reaper chart');

function start(...owned: number[]) {
  const hosted = hostChild(reaperMachine, ['search', 'look', 'confirm', 'reap'], {
    epoch: 3,
    owned,
  });
  const send = (...events: ReaperEvent[]) => {
    for (const event of events) hosted.actor.send(event);
  };
  /** Of all partitions something is over in these. */
  const search = (...partitions: number[]) => {
    hosted.fireTimers();
    send({ type: 'partitions.found', partitions });
    assert.is(hosted.done().at(-1), 'search');
  };
  return { ...hosted, send, search, context: () => hosted.actor.getSnapshot().context };
}

const ROWS = ['k', 'l'].map((key) => ({ key: Buffer.from(key), version: version(1) }));
const found = (entries = ROWS): ReaperEvent => ({ type: 'ended.found', entries });
const confirmed = (entries = ROWS): ReaperEvent => ({ type: 'ended.confirmed', entries });
const gone = (rows: number): ReaperEvent => ({ type: 'ended.reaped', rows });
const blocked: ReaperEvent = { type: 'reaping.blocked', reason: 'b is away' };

test('partitions in which something is over -> each in its turn, and then anew', () => {
  const { state, done, send, search, fireTimers } = start(4, 6, 8);
  assert.is(state(), 'resting');
  for (let round = 0; round < 2; round++) {
    search(4, 8);
    for (const partition of [4, 8]) {
      assert.is(state(), 'resting');
      fireTimers();
      assert.equal([state(), done()], ['looking', [`look ${partition}`]]);
      send(found([]));
    }
  }
  search();
  search(6);
  fireTimers();
  assert.equal(done(), ['look 6']);
});

test('something is over, and all hold it -> it goes, and there may be more', () => {
  const { state, done, send, facts, search, fireTimers, context } = start(4, 6);
  search(4);
  fireTimers();
  send(found());
  assert.is(state(), 'confirming');
  send(confirmed(ROWS.slice(0, 1)));
  assert.is(state(), 'reaping');
  assert.equal(context().entries, ROWS.slice(0, 1));
  send(gone(1));
  assert.is(state(), 'looking');
  assert.equal(facts, [{ type: 'partition.reaped', partition: 4, rows: 1 }]);
  send(found([]));
  assert.equal([state(), context().entries], ['resting', []]);
  assert.equal(done(), ['look 4', 'confirm 4', 'reap 4', 'look 4']);
});

test('the owners differ, or one does not say -> rests, says why, and looks at the next', () => {
  const { state, done, send, search, fireTimers, context, facts } = start(4, 6);
  search(4, 6);
  fireTimers();
  send(found(), blocked);
  assert.equal([state(), context().waitingBecause], ['resting', 'b is away']);
  fireTimers();
  send(found(), confirmed());
  assert.equal([state(), context().waitingBecause], ['reaping', undefined]);
  send(blocked);
  assert.equal([state(), context().waitingBecause], ['resting', 'b is away']);
  assert.equal(done(), [...['look 4', 'confirm 4'], ...['look 6', 'confirm 6', 'reap 6']]);
  assert.equal(facts, []);
});

test('nothing has gone after all -> rests, lest it go round and round', () => {
  const { state, send, search, fireTimers, facts } = start(4);
  search(4);
  fireTimers();
  send(found(), confirmed(), gone(0));
  assert.is(state(), 'resting');
  assert.equal(facts, []);
});

test('nothing is ours -> rests for good', () => {
  const { state, done, fireTimers } = start();
  fireTimers();
  assert.equal([state(), done()], ['resting', []]);
});

test('what nobody asked about is confirmed -> a mistake of ours', () => {
  const { send, search, fireTimers, actor } = start(4);
  actor.subscribe({ error: () => undefined });
  search(4);
  fireTimers();
  send(found(ROWS.slice(0, 1)), confirmed());
  assert.is(actor.getSnapshot().status, 'error');
});

test.run();
