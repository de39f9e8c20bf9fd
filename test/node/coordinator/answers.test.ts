/** What a coordinator makes of the answers of owners. */
import * as assert from 'uvu/assert';
import { recordVersion } from '../../../src/core/data/record.js';
import { promiseAnswer, readAnswer, writeAnswer } from '../../../src/node/coordinator/answers.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('answers');

const never = () => false;
const held = record('k');
const answer = { call: 1, outcome: 'ok', epoch: 1, version: recordVersion(held) } as const;
/** As `replica.found`, and as `replica.promised`. */
const both = (
  fields: { record: Buffer | undefined; version?: undefined },
  isTooFarAhead = never,
) => [
  readAnswer({ type: 'replica.found', ...answer, ...fields }, isTooFarAhead),
  promiseAnswer({ type: 'replica.promised', ...answer, ...fields }, isTooFarAhead),
];

test('a record -> held, or promised, under its version', () => {
  assert.equal(both({ record: held }), [
    { kind: 'holds', version: version(1), record: held },
    { kind: 'promised', version: version(1), record: held },
  ]);
});

test('no record -> only the version', () => {
  assert.equal(both({ record: undefined }), [
    { kind: 'holds', version: version(1) },
    { kind: 'promised', version: version(1) },
  ]);
});

test('a record that is damaged -> the owner has failed, and nobody decodes it', () => {
  const corrupt = { kind: 'failed', reason: 'corrupt' };
  assert.equal(both({ record: damaged(held) }), [corrupt, corrupt]);
});

test('a version too far ahead -> the owner has failed', () => {
  const ahead = { kind: 'failed', reason: 'clockAhead' };
  assert.equal(
    both({ record: held }, () => true),
    [ahead, ahead],
  );
});

test('something in the way of a write -> told from whom; too far ahead, it is not believed', () => {
  const written = (outcome: 'superseded' | 'promised', of = version(2)) =>
    ({ type: 'replica.written', call: 1, outcome, epoch: 1, version: of }) as const;
  const superseded = { kind: 'superseded', version: version(2) };
  assert.equal(writeAnswer(written('superseded'), never), superseded);
  assert.equal(writeAnswer(written('superseded', version(3)), never), {
    kind: 'superseded',
    version: version(3),
    by: 'round',
  });
  assert.equal(writeAnswer(written('promised'), never), { ...superseded, by: 'promise' });
  for (const outcome of ['superseded', 'promised'] as const) {
    const answer = writeAnswer(written(outcome), () => true);
    assert.equal(answer, { kind: 'refused', reason: 'clockAhead' });
  }
});

test.run();
