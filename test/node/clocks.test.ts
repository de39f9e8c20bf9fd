/** One node, composed as in production, among peers whose clocks say something else. */
import * as assert from 'uvu/assert';
import type { FactOf } from '../../src/events/facts.js';
import { suite } from '../support/runner/suite.js';
import { codeOf, diskIn, OneNode, ringOf } from './one-node.js';

const test = suite('node: clocks');
const HOUR_MS = 3_600_000;

function serving(): OneNode {
  const disk = diskIn(ringOf(5, 'a', 'b', 'c'));
  return new OneNode({ disk }).pass(10).connect('b', 'c').pass(3000);
}

const told = ({ facts }: OneNode) =>
  facts.filter(({ type }) => type === 'clock.wrong' || type === 'clock.right');

test('our clock is set an hour forth, and back -> refused at once, told, and over', () => {
  const it = serving();
  assert.is(it.state, 'serving');
  assert.ok(it.node.isReady());
  it.aheadMs = HOUR_MS;
  assert.not(it.node.isReady(), 'before anybody has told it the time again');
  it.sent('replica.write');
  const refused = it.write();
  assert.is(codeOf(refused), 'clock_drift');
  assert.ok(refused && !refused.ok && refused.applied === 'no');
  assert.equal(it.sent('replica.write'), [], 'nobody was asked, itself included');
  assert.is(it.disk.records().length, 0);
  it.pass(3000);
  const [wrong, ...others] = told(it) as FactOf<'clock.wrong'>[];
  assert.is(wrong?.type, 'clock.wrong');
  assert.ok(Math.abs(wrong!.aheadMs - HOUR_MS) <= 1);
  assert.equal(others, []);
  const { clocks } = it.node.verdict();
  assert.equal(
    clocks.map(({ id }) => id),
    [it.node.id],
  );
  assert.is(it.node.status().clock.standing, 'wrong');

  it.aheadMs = 0;
  assert.ok(it.node.isReady());
  it.pass(3000);
  assert.is(told(it).length, 2);
  assert.is(told(it)[1]?.type, 'clock.right');
  assert.is(codeOf(it.write()), 'ok');
});

test('a write that needs a round, or a hint, by a wrong clock -> none is stamped', () => {
  const it = serving();
  it.aheadMs = -HOUR_MS;
  const outcomes: string[] = [];
  const key = Buffer.from('k');
  const value = { value: Buffer.from('v'), contentType: '', expiresAt: 0 };
  for (const level of ['any', 'linearizable'] as const) {
    it.node.write({ key, ...value, level, timeoutMs: 50 }, (end) => outcomes.push(codeOf(end)));
  }
  it.pass(100);
  assert.equal(outcomes, ['clock_drift', 'clock_drift']);
  assert.is(it.disk.records().length, 0);
});

test.run();
