import * as assert from 'uvu/assert';
import { type MemberChange, membersAfter } from '../../src/core/planning/member-change.js';
import { planOf } from '../../src/core/planning/plan.js';
import { explain } from '../../src/core/planning/sentences.js';
import { computeLayout } from '../../src/core/ring/layout.js';
import { foundingReplication } from '../../src/core/ring/replication.js';
import type { Member } from '../../src/core/ring/ring.js';
import { planLines } from '../../src/words/plan.js';
import { suite } from '../support/runner/suite.js';

const test = suite('plans in words');
const PARTITIONS = 16;

function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

function linesOf(change: MemberChange, isAlive = (_: string) => true): string[] {
  const members = [1, 2, 3, 4].map(
    (n): Member => ({ id: idOf(n), address: `h:${n}`, weight: 1, zone: 'z' }),
  );
  const replicas = 3;
  const layout = computeLayout({ members, partitions: PARTITIONS, replicas });
  const replication = foundingReplication({ replicas });
  const ring = { clusterId: 'c'.repeat(32), epoch: 7, ...replication, members, layout };
  const sizes = new Map(layout.map((_, partition) => [partition, { rows: 10, bytes: 2048 }]));
  const plan = planOf({ ring, wanted: membersAfter(ring, change), isAlive, sizes });
  const { stuck, ...explained } = explain(plan, { unanswered: [], underWay: false });
  return planLines({ ...explained, stuck: { count: stuck.length } }, (id) => `<${id.at(-1)}>`).map(
    ({ tone, text }) => `${tone}: ${text}`,
  );
}

test('a join -> how much moves, who fetches what, and that all goes on', () => {
  const lines = linesOf({ kind: 'join', count: 1, weight: 1, zone: 'z' });
  assert.match(lines[0]!, /^plain: \d+ copies of partitions move \(\d+ rows, [\d.]+ KiB\)/);
  assert.match(lines.join('\n'), /<1> joins: 0 → \d+ of 16 partitions; fetches [\d.]+ KiB\./);
  assert.ok(lines.includes('good: Every key can be read and written all the time.'));
  assert.not(lines.some((line) => line.startsWith('bad')));
});

test('what cannot end -> said, and why', () => {
  const lines = linesOf({ kind: 'leave', ids: [idOf(1)] }, (id) => id === idOf(1));
  assert.match(lines.join('\n'), /bad: \d voters have to agree/);
  assert.is(lines.at(-1), 'bad: As things are it cannot come to its end.');
});

test('nothing moves -> said', () => {
  assert.is(linesOf({ kind: 'leave', ids: [] })[0], 'plain: No data has to move.');
});

test.run();
