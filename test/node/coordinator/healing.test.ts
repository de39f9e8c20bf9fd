/** Rounds on a key of which an owner has a damaged row, and rounds that cannot be had. */
import * as assert from 'uvu/assert';
import { encodeRecord } from '../../../src/core/data/record.js';
import { MemoryBudget } from '../../../src/core/memory-budget.js';
import type { Failure } from '../../../src/core/requests.js';
import { suite } from '../../support/runner/suite.js';
import { A, B, C, KEY, open, ringOf } from './coordinating.js';

const test = suite('coordinator: healing');

const HELD = { epoch: 1, time: 0, node: A };
const RECORD = encodeRecord({
  ...{ key: KEY, version: HELD, tombstone: false, expiresAt: 0, contentType: '' },
  value: Buffer.from('held'),
});
const SHOWN = { outcome: 'ok', version: HELD, record: RECORD };
const DAMAGED = { outcome: 'corrupt' };
const TWO = ringOf(1, [A, B]);

test('one of two owners has a damaged row -> read, which heals it, and then the round', () => {
  for (const kind of ['linearizable write', 'linearizable read'] as const) {
    const { begin, asked, outcomes, stop } = open(TWO);
    begin[kind]();
    let isDamaged = true;
    const done: string[] = [];
    while (asked[0]) {
      const { to, type, answer } = asked[0];
      done.push(`${type} ${to[0]}`);
      if (to === B && type === 'replica.write') isDamaged = false;
      answer(to === B && isDamaged ? DAMAGED : SHOWN);
    }
    assert.is(outcomes.length, 1);
    assert.ok(outcomes[0]!.ok, JSON.stringify(outcomes[0]));
    const healed = done.indexOf('replica.write b');
    assert.ok(healed > 0 && done.slice(healed + 1).length > 0, done.join(', '));
    stop();
  }
});

test('it cannot be healed -> fails, after one more try, and was not applied', () => {
  const { begin, asked, outcomes, stop } = open(TWO);
  begin['linearizable write']();
  let prepares = 0;
  while (asked[0]) {
    const { to, type, answer } = asked[0];
    if (to === B && type === 'replica.prepare') prepares++;
    answer(to === B ? DAMAGED : SHOWN);
  }
  const { code, applied } = outcomes[0] as Failure;
  assert.equal([outcomes.length, code, applied], [1, 'quorum_unavailable', 'no']);
  assert.ok(prepares >= 2 && prepares <= 4, `${prepares} times`);
  stop();
});

test('an answer to the first try comes when all is over -> nothing comes of it', () => {
  const held = new MemoryBudget(1 << 20);
  const { begin, asked, outcomes, stop } = open({}, held);
  begin['linearizable write']();
  const late = asked.find(({ to }) => to === A)!;
  let isDamaged = true;
  for (;;) {
    const next = asked.find((each) => each !== late);
    if (!next) break;
    if (next.type === 'replica.write') isDamaged = false;
    next.answer(next.to !== A && isDamaged ? DAMAGED : SHOWN);
  }
  assert.equal([outcomes.length, outcomes[0]?.ok], [1, true]);
  late.answer(SHOWN);
  assert.equal([outcomes.length, held.held], [1, 0]);
  stop();
});

test('too few owners can be reached -> nothing is stamped', () => {
  const { begin, away, stamped, outcomes, stop } = open();
  away.add(B).add(C);
  begin['linearizable write']();
  begin.write();
  assert.equal(
    outcomes.map((outcome) => (outcome as Failure).code),
    ['quorum_unavailable', 'quorum_unavailable'],
  );
  assert.is(stamped(), 0);
  stop();
});

test.run();
