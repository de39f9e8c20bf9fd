/** What a wrong clock has stamped is left out, unless a majority of the owners may hold it. */
import * as assert from 'uvu/assert';
import { Credibility } from '../../../src/cli/backup/credibility.js';
import type { MissingNode, NodeFile } from '../../../src/cli/backup/manifest.js';
import { readingOf } from '../../../src/core/data/hybrid-clock.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('backup credibility');
const NOON = Date.UTC(2026, 10, 30, 12);
const LATE = record('k', { version: version(readingOf(NOON + 1)) });

/** `nodes`: of each that gave its rows, how many it could not read. */
function judge(nodes: readonly number[], { missing = 0, replicas = 3 } = {}): Credibility {
  return new Credibility({
    latest: NOON,
    ring: { replicas },
    nodes: nodes.map((unreadable) => ({ unreadable }) as NodeFile),
    missing: Array.from({ length: missing }, () => ({}) as MissingNode),
  });
}

test('of a time that clocks may have -> believed, whoever holds it', () => {
  const last = record('k', { version: version(readingOf(NOON + 1) - 1) });
  assert.ok(judge([0, 0, 0]).isBelieved(last, 0));
});

test('beyond it -> believed from a majority of the owners on', () => {
  for (const [nodes, replicas, needed] of [
    [3, 3, 2],
    [9, 3, 2],
    [5, 5, 3],
    [2, 3, 2],
    [1, 3, 1],
  ] as const) {
    const credibility = judge(Array(nodes).fill(0), { replicas });
    assert.not(credibility.isBelieved(LATE, needed - 1), `${nodes}, ${replicas}`);
    assert.ok(credibility.isBelieved(LATE, needed), `${nodes}, ${replicas}`);
  }
});

test('nodes are missing, or could not read all -> they may hold it', () => {
  assert.ok(judge([0, 0], { missing: 1 }).isBelieved(LATE, 1));
  assert.ok(judge([0, 7, 0]).isBelieved(LATE, 1));
  assert.not(judge([0, 7, 0]).isBelieved(LATE, 0));
  assert.not(judge([0, 0, 0, 0], { missing: 1, replicas: 5 }).isBelieved(LATE, 1));
});

test.run();
