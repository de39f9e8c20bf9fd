import * as assert from 'uvu/assert';
import { ringAfter, ringNow } from '../../../src/console/model/ring-after.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Member, Ring } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('a ring after a change');
const member = (n: number): Member => ({ id: `${n}`, address: `h:${n}`, weight: 1, zone: 'z' });

function ringOf(...members: Member[]): Ring {
  const replication = foundingReplication({ replicas: 3 });
  const layout = computeLayout({ members, partitions: 16, replicas: 3 });
  return { clusterId: 'c', epoch: 1, ...replication, members, layout };
}

const RING = ringOf(member(1), member(2), member(3), member(4));

test('who leaves owns nothing then, who joins does', () => {
  const without = ringAfter(RING, { kind: 'leave', ids: ['2'] })!;
  assert.equal(
    without.members.map(({ id }) => id),
    ['1', '3', '4'],
  );
  assert.ok(without.layout.every((owners) => owners.length === 3 && Math.max(...owners) < 3));
  const more = ringAfter(RING, { kind: 'join', count: 1, weight: 1, zone: 'z' })!;
  assert.ok(
    more.layout.some((owners) => owners.some((owner) => more.members[owner]?.id === 'new-1')),
  );
});

test('nobody is left -> no ring', () => {
  const ids = RING.members.map(({ id }) => id);
  assert.is(ringAfter(RING, { kind: 'leave', ids }), undefined);
});

test('in a transition -> a change is one of what it leads to', () => {
  const { members, layout } = ringOf(member(1), member(2), member(3));
  const changing: Ring = { ...RING, transition: { members, layout } };
  assert.equal(ringNow(changing), { ...RING, members, layout });
  assert.is(ringNow(RING), RING);
  const then = ringAfter(changing, { kind: 'leave', ids: ['3'] })!;
  assert.is(then.members.length, 2);
  assert.is(then.transition, undefined);
});

test.run();
