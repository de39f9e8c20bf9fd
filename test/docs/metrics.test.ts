/** The page about metrics says what the tables say. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { METRICS } from '../../src/metrics/table.js';
import { suite } from '../support/runner/suite.js';
import { METRICS_FILE, metricsPage } from './metrics.js';

const test = suite('docs/metrics.md');

test('the page is what the tables make it; npm run docs writes it anew', () => {
  assert.fixture(readFileSync(METRICS_FILE, 'utf8'), metricsPage());
});

test('the page has a row for every metric', () => {
  const page = metricsPage();
  const names = Object.values(METRICS).flatMap((rows) => Object.keys(rows));
  assert.ok(names.length > 40, `${names.length} names`);
  for (const name of names) assert.ok(page.includes(`| \`${name}\` |`), name);
  assert.not.match(page, /undefined|\[object/);
});

test.run();
