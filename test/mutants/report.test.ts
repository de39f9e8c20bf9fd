/** What is told of mutants, and which of them may survive. */
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';
import { AcceptedSurvivors } from './accepted.js';
import { mutationsOf } from './mutations/mutations.js';
import { reportOf, scoreOf, showReport } from './report.js';

const test = suite('mutants: report');

const TEXT = 'const a = 1;\n  if (a < 2) b();\n';
const MUTATIONS = mutationsOf('actors/x/y.ts', TEXT);

test('verdicts -> counted for the file and each of its folders', () => {
  const verdicts = ['killed', 'slow', 'survived', 'killed', 'killed'] as const;
  assert.is(MUTATIONS.length, verdicts.length);
  const tried = verdicts.map((verdict, index) => {
    const file = index < 4 ? 'actors/x/y.ts' : 'actors/z.ts';
    return { file, mutation: MUTATIONS[index]!, verdict };
  });
  const report = reportOf(tried, [{ file: 'actors/z.ts' }]);
  const of = (mutants: number, killed: number, slow: number, survived: number, accepted: number) =>
    ({ mutants, killed, slow, survived, accepted }) as const;
  assert.equal(report.files, {
    'actors/x/y.ts': of(4, 2, 1, 1, 0),
    'actors/z.ts': of(1, 1, 0, 0, 1),
  });
  assert.equal(report.folders, { actors: of(5, 3, 1, 1, 1), 'actors/x': of(4, 2, 1, 1, 0) });
  assert.is(scoreOf(report.folders.actors!), 80);
  assert.equal(report.survivors, [tried[2]]);
  const shown = showReport(report);
  assert.match(shown, /actors +5 +3 +1 +1 +1 +80 %\n/);
  assert.match(shown, 'actors/x/y.ts:2  <  ->  <=');
});

test('what may survive -> by its line, wherever that stands; a row that fits none is told', () => {
  const row = { file: 'actors/x/y.ts', line: 'if (a < 2) b();', before: '<', after: '<=' };
  const fitting = { ...row, reason: 'a is never 2' };
  const other = { ...row, before: '>', reason: 'of an earlier day' };
  const accepted = new AcceptedSurvivors([fitting, other]);
  const reasons = MUTATIONS.map((each) => accepted.reasonFor(row.file, TEXT, each));
  assert.equal(
    reasons.filter((reason) => reason !== undefined),
    [fitting.reason],
  );
  assert.equal(accepted.outlived([row.file]), [other]);
  assert.equal(accepted.outlived(['actors/z.ts']), []);
  assert.is(accepted.reasonFor('actors/z.ts', TEXT, MUTATIONS[2]!), undefined);
});

test.run();
