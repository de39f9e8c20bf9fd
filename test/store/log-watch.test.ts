/** A log that gets longer than checkpoints let it is told of, once; and when it is short again. */
import * as assert from 'uvu/assert';
import { LogWatch } from '../../src/store/log-watch.js';
import { suite } from '../support/runner/suite.js';

const test = suite('log watch');
const LONG = 256 << 20;

test('the log is long, and short again -> told once each', () => {
  const told: string[] = [];
  const watch = new LogWatch((level, event) => told.push(`${level} ${event}`));
  for (const bytes of [0, LONG - 1, LONG, 2 * LONG, LONG, LONG - 1, 0]) watch.look(bytes);
  assert.equal(told, ['warn store.longLog', 'info store.shortLog']);
});

test.run();
