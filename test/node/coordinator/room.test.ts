/** Values that owners send for requests: counted as they come, refused when it is too much. */
import * as assert from 'uvu/assert';
import { MemoryBudget } from '../../../src/core/memory-budget.js';
import type { Failure } from '../../../src/core/requests.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { A, B, C, KEY, open } from './coordinating.js';

const test = suite('room for values');
const VALUE = record(KEY, { value: Buffer.alloc(1000) });
const VERSION = { epoch: 1, time: 1, node: '00000000000000a1' };
const HELD = { outcome: 'ok', version: VERSION };

function assertOverloaded(outcome: unknown): void {
  const { ok, code, applied } = outcome as Failure;
  assert.equal({ ok, code, applied }, { ok: false, code: 'overloaded', applied: 'no' });
}

for (const kind of ['read', 'linearizable read'] as const) {
  test(`${kind}s whose values have come -> held until they end, and no more than fit`, () => {
    const held = new MemoryBudget(2.5 * VALUE.length);
    const { begin, asked, outcomes, stop } = open({}, held);
    // Of different keys: they do not wait for each other.
    for (let i = 0; i < 4; i++) begin[kind]({ key: Buffer.from(`k${i}`) });
    const withValue = () => asked.filter(({ body }) => body.withValue);
    assert.is(withValue().length, 4);
    for (const [index, { answer }] of withValue().entries()) {
      const key = Buffer.from(`k${index}`);
      answer({ ...HELD, record: record(key, { value: Buffer.alloc(1000) }) });
    }
    assert.is(outcomes.length, 2, 'the others wait for a version');
    for (const outcome of outcomes) assertOverloaded(outcome);
    assert.ok(held.held >= 2 * VALUE.length && held.held <= 2.5 * VALUE.length, `${held.held}`);
    for (const { answer } of [...asked]) answer(HELD);
    assert.equal(
      outcomes.slice(2).map(({ ok }) => ok),
      [true, true],
    );
    assert.is(held.held, 0);
    stop();
  });
}

test('reads of values as large as those before -> refused before anybody is asked', () => {
  const held = new MemoryBudget(10 * VALUE.length);
  const { begin, asked, outcomes, stop } = open({}, held);
  for (let i = 0; i < 300; i++) {
    begin.read();
    for (const { answer, body } of [...asked]) {
      answer({ ...HELD, record: body.withValue ? VALUE : undefined });
    }
  }
  assert.is(held.held, 0);
  held.take(9.5 * VALUE.length);
  begin.read();
  assert.equal(asked, []);
  assertOverloaded(outcomes.at(-1));
  held.release(9.5 * VALUE.length);
  begin.read();
  assert.ok(asked.length > 0);
  stop();
});

test('a round whose owners all send the value -> each counts; no room -> nothing written', () => {
  const held = new MemoryBudget(2.5 * VALUE.length);
  const { begin, to, asked, outcomes, stop } = open({}, held);
  begin['linearizable write']();
  for (const owner of [A, B, C]) to(owner);
  const prepared = [...asked];
  prepared[0]!.answer({ ...HELD, record: VALUE });
  assert.is(held.held, VALUE.length);
  held.take(1.5 * VALUE.length);
  prepared[1]!.answer({ ...HELD, record: VALUE });
  assertOverloaded(outcomes[0]);
  assert.is(held.held, 1.5 * VALUE.length);
  // What comes later is nobody's.
  prepared[2]!.answer({ ...HELD, record: VALUE });
  assert.is(held.held, 1.5 * VALUE.length);
  assert.not.ok(asked.some(({ type }) => type === 'replica.write'));
  stop();
});

test.run();
