/** Which facts are logged, and that members are named by where they are. */
import * as assert from 'uvu/assert';
import { createFactLog } from '../../src/events/fact-log.js';
import type { Fact } from '../../src/events/facts.js';
import { ringOf } from '../node/one-node.js';
import { suite } from '../support/runner/suite.js';

const test = suite('fact log');

/** Lines as they would be told of these facts. */
function linesOf(...facts: Fact[]): string[] {
  const lines: string[] = [];
  const hear = createFactLog((level, event, fields) =>
    lines.push(`${level} ${event} ${Object.values(fields ?? {}).join(' ')}`),
  );
  for (const fact of facts) hear(fact);
  return lines;
}

test('a member of the ring, or who was once connected -> named by its address', () => {
  const ring = ringOf(5, 'a', 'b');
  const [a, b] = ring.members.map(({ id }) => id) as [string, string];
  const stranger = 'c'.repeat(16);
  const lines = linesOf(
    { type: 'ring.changed', ring },
    { type: 'quorum.lost', partitions: 8, first: [], away: [a, b] },
    { type: 'peer.up', id: stranger, address: 'c:1', programVersion: '' },
    { type: 'peer.down', id: stranger, reason: 'it broke' },
    { type: 'hint.refused', target: b },
    { type: 'hint.drained', target: 'd'.repeat(16), records: 1, dropped: 0 },
  );
  assert.equal(lines, [
    'info ring.changed 5 2 false',
    'error quorum.lost 8 a:1,b:1',
    `info peer.up ${stranger} c:1`,
    `warn peer.down ${stranger} c:1 it broke`,
    'warn hint.refused b:1',
    `info hint.drained ${'d'.repeat(16)} 1 0`,
  ]);
});

test('what only programs care for -> no line', () => {
  assert.equal(linesOf({ type: 'node.draining' }, { type: 'hint.kept', target: 'x' }), []);
});

test.run();
