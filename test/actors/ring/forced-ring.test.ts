/** The ring that an operator makes without the voters: who owns what, and how it is numbered. */
import * as assert from 'uvu/assert';
import { forcedRing } from '../../../actors/ring/forced-ring.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { allMembers, type Member, ownersOf, type Ring } from '../../../src/core/ring/ring.js';
import { formatRing, parseRing } from '../../../src/core/ring/ring-json.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring: forced');

const idOf = (n: number) => n.toString(16).padStart(16, '0');
const member = (n: number): Member => ({ id: idOf(n), address: `h:${n}`, weight: 1, zone: '' });
const ids = (...numbers: number[]) => new Set(numbers.map(idOf));

function ringOf(numbers: number[]): Ring {
  const members = numbers.map(member);
  const layout = computeLayout({ members, partitions: 8, replicas: 3 });
  const replication = foundingReplication({ replicas: 3 });
  return { clusterId: '0'.repeat(32), epoch: 5, ...replication, members, layout };
}

test('forced -> far ahead, marked; owners that are left own what they hold', () => {
  const ring = ringOf([1, 2, 3, 4, 5]);
  const forced = forcedRing(ring, ids(1, 2, 3), 0.5);
  assert.is(forced.epoch, ring.epoch + 1_500_000);
  assert.is(forced.forced, true);
  assert.equal(
    allMembers(forced).map(({ id }) => id),
    [idOf(4), idOf(5)],
  );
  for (let partition = 0; partition < ring.layout.length; partition++) {
    const left = ownersOf(ring, partition).present.filter((id) => id >= idOf(4));
    const { present, coming } = ownersOf(forced, partition);
    assert.equal([...present].sort(), left.length > 0 ? [...left].sort() : [idOf(4), idOf(5)]);
    if (coming) assert.equal([...coming].sort(), [idOf(4), idOf(5)]);
  }
  assert.throws(() => forcedRing(ring, ids(1, 2, 3, 4, 5), 0));
  assert.equal(parseRing(formatRing(forced)), forced);
});

test('no owner of a partition is left -> it begins with those that it is to have', () => {
  const ring = ringOf([1, 2, 3, 4]);
  const forced = forcedRing(ring, ids(1, 2, 3), 0);
  const owners = ring.layout.map((_, partition) => ownersOf(forced, partition).present);
  assert.equal(
    owners,
    ring.layout.map(() => [idOf(4)]),
  );
  const held = ring.layout.filter((_, partition) =>
    ownersOf(ring, partition).present.includes(idOf(4)),
  );
  assert.ok(held.length < ring.layout.length, 'one has lost all of its owners');
});

test('nobody is lost -> nothing moves, and it is no transition', () => {
  const ring = ringOf([1, 2, 3, 4, 5]);
  const forced = forcedRing(ring, ids(), 0);
  assert.equal(forced.layout, ring.layout);
  assert.is(forced.transition, undefined);
  assert.ok(forcedRing(ring, ids(1), 0).transition, 'others are to have its partitions');
});

test.run();
