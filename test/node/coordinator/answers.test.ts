/** What a coordinator makes of the answers of owners. */
import * as assert from 'uvu/assert';
import { recordVersion } from '../../../src/core/data/record.js';
import {
  type Judge,
  promiseAnswer,
  readAnswer,
  writeAnswer,
} from '../../../src/node/coordinator/answers.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('answers');

const always = () => 'believed' as const;
const held = record('k');
const answer = { call: 1, outcome: 'ok', epoch: 1, version: recordVersion(held) } as const;
/** As `replica.found`, and as `replica.promised`. */
const both = (
  fields: { record: Buffer | undefined; version?: undefined },
  judge: Judge = always,
) => [
  readAnswer({ type: 'replica.found', ...answer, ...fields }, judge),
  promiseAnswer({ type: 'replica.promised', ...answer, ...fields }, judge),
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

test('a version too far ahead -> doubted, whatever the owner says of it', () => {
  const doubted = { kind: 'doubted', version: version(1), record: held };
  const judge = () => 'doubted' as const;
  assert.equal(both({ record: held }, judge), [doubted, doubted]);
  const { record: _, ...inTheWay } = doubted;
  const by = { ...answer, outcome: 'superseded' } as const;
  assert.equal(
    promiseAnswer({ type: 'replica.promised', ...by, record: undefined }, judge),
    inTheWay,
  );
  assert.equal(writeAnswer({ type: 'replica.written', ...by }, judge), inTheWay);
});

test('a version of an epoch to come -> the owner has failed', () => {
  const failed = { kind: 'failed', reason: 'corrupt' };
  assert.equal(
    both({ record: held }, () => 'impossible'),
    [failed, failed],
  );
});

test('something in the way of a write -> told from whom; too far ahead, it is doubted', () => {
  const written = (outcome: 'superseded' | 'promised', of = version(2)) =>
    ({ type: 'replica.written', call: 1, outcome, epoch: 1, version: of }) as const;
  const superseded = { kind: 'superseded', version: version(2) };
  assert.equal(writeAnswer(written('superseded'), always), superseded);
  assert.equal(writeAnswer(written('superseded', version(3)), always), {
    kind: 'superseded',
    version: version(3),
    by: 'round',
  });
  assert.equal(writeAnswer(written('promised'), always), { ...superseded, by: 'promise' });
  for (const outcome of ['superseded', 'promised'] as const) {
    const answer = writeAnswer(written(outcome), () => 'doubted');
    assert.equal(answer, { kind: 'doubted', version: version(2) });
  }
});

test.run();
