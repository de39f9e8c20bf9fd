/** `npm run bench:guard`, as part of the suite: what operations cost does not grow unnoticed. */
import * as assert from 'uvu/assert';
import { runToEnd } from '../../support/processes/child.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bench guard baseline', { limitMs: 120_000 });

test('operations -> cost no more than committed', async () => {
  const { code, stdout, stderr } = await runToEnd('bench/guard/run.js', []);
  assert.is(code, 0, `${stdout}${stderr}`);
  assert.match(stdout, 'nothing costs more than committed');
});

test.run();
