/** Wishes: how long they are kept, whose they are to propose, and when the dead are given up. */
import * as assert from 'uvu/assert';
import type { LookEvent } from '../../../actors/ring/machine.js';
import { Wishes } from '../../../actors/ring/wishes.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { gainingMembers, type Member, type Ring } from '../../../src/core/ring/ring.js';
import type { MemberStatus } from '../../../src/core/status.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring: wishes');
const EVICT_MS = 300_000;

const idOf = (n: number) => n.toString(16).padStart(16, '0');
const member = (n: number): Member => ({ id: idOf(n), address: `h:${n}`, weight: 1, zone: '' });

function ringOf(...numbers: number[]): Ring {
  const members = numbers.map(member);
  const layout = computeLayout({ members, partitions: 8, replicas: 3 });
  const replication = foundingReplication({ replicas: 3 });
  return { clusterId: '0'.repeat(32), epoch: 5, ...replication, members, layout };
}

/** `dead`: for how many ms a member has been dead; `left`: who has said goodbye. */
function start(self = member(1), evictAfterMs = EVICT_MS) {
  const dead = new Map<string, number>();
  const left = new Set<string>();
  const statusOf = (id: string): MemberStatus =>
    left.has(id) ? 'left' : dead.has(id) ? 'dead' : 'alive';
  const wishes = new Wishes({
    self,
    evictAfterMs,
    liveness: {
      isReachable: (id) => id === self.id || statusOf(id) === 'alive',
      statusOf,
      deadForMs: (id) => dead.get(id),
    },
  });
  return { wishes, dead, left };
}

function wanted(event: LookEvent) {
  if (event.type !== 'ring.wanted') throw new Error(`not wanted: ${JSON.stringify(event)}`);
  const { ring } = event;
  return { ...event, members: (ring.transition ?? ring).members.map(({ id }) => id) };
}

test('nobody wishes anything -> nothing is wanted', () => {
  assert.equal(start().wishes.look(ringOf(1, 2, 3), 0), { type: 'nothing.wanted' });
});

test('a wish to join -> ours to propose, and forgotten unless it is heard again', () => {
  const { wishes } = start(member(2));
  const ring = ringOf(1, 2, 3);
  wishes.join(member(9), 1000);
  const { isOurs, members } = wanted(wishes.look(ring, 2000));
  assert.ok(isOurs);
  assert.equal(members, [1, 2, 3, 9].map(idOf));
  wishes.join(member(9), 5000);
  assert.is(wishes.look(ring, 10_000).type, 'ring.wanted');
  assert.is(wishes.look(ring, 10_001).type, 'nothing.wanted');
});

test('too few to evict anybody -> the countdown that is over says for what it waits', () => {
  const { wishes, dead } = start();
  dead.set(idOf(3), EVICT_MS - 1);
  const evictions = (ring: Ring) => wishes.status(ring).evictions;
  assert.equal(evictions(ringOf(1, 2, 3)), [{ id: idOf(3), inMs: 1 }]);
  dead.set(idOf(3), EVICT_MS);
  const waitsFor = 'another member: without this one there are too few for 3 copies';
  assert.equal(evictions(ringOf(1, 2, 3)), [{ id: idOf(3), inMs: 0, waitsFor }]);
  assert.equal(evictions(ringOf(1, 2, 3, 4)), [{ id: idOf(3), inMs: 0 }]);
});

test('another epoch is wanted -> any ring that follows will do, and it is ours to propose', () => {
  const { wishes } = start();
  const ring = ringOf(1, 2, 3);
  wishes.renew(5);
  const { ring: next, isOurs } = wanted(wishes.look(ring, 0));
  assert.equal([next.epoch, next.layout, isOurs], [6, ring.layout, true]);
  wishes.adopt(next);
  assert.is(wishes.look(next, 0).type, 'nothing.wanted');
});

test('an epoch further on is wanted -> until a ring has one, whatever comes first', () => {
  const { wishes } = start();
  const ring = ringOf(1, 2, 3);
  wishes.renew(40);
  wishes.renew(7);
  wishes.adopt({ ...ring, epoch: 40 });
  const { ring: next } = wanted(wishes.look({ ...ring, epoch: 40 }, 0));
  assert.is(next.epoch, 41);
  wishes.adopt(next);
  assert.is(wishes.look(next, 0).type, 'nothing.wanted');
});

test('wishes of both kinds, or of one -> ours to propose', () => {
  for (const [joins, leaves, removes] of [
    [true, false, true],
    [true, true, false],
    [false, true, true],
    [false, true, false],
    [false, false, true],
  ]) {
    const { wishes } = start();
    if (joins) wishes.join(member(9), 1000);
    if (leaves) wishes.leave(idOf(3));
    if (removes) wishes.remove(idOf(4));
    const { isOurs } = wanted(wishes.look(ringOf(1, 2, 3, 4, 5), 0));
    assert.ok(isOurs, JSON.stringify({ joins, leaves, removes }));
  }
});

test('no ring -> nobody is told of, but for those who wish', () => {
  const { wishes } = start();
  wishes.join(member(9), 1000);
  assert.equal(wishes.status(undefined), {
    joining: [idOf(9)],
    leaving: [],
    pulled: [],
    waitingFor: [],
    evictions: [],
  });
});

test('wishes to leave and to remove -> kept until a ring fulfils them', () => {
  const { wishes } = start();
  const ring = ringOf(1, 2, 3, 4, 5);
  wishes.leave(idOf(4));
  wishes.remove(idOf(5));
  assert.equal(wanted(wishes.look(ring, 1e9)).members, [1, 2, 3].map(idOf));
  wishes.adopt(ringOf(1, 2, 3, 4));
  assert.equal(wishes.status(ring).leaving, [idOf(4)]);
});

test('a member is what it said it is -> no wish; is it known as something else, it asks', () => {
  const moved = { ...member(1), address: 'elsewhere:1' };
  const { wishes } = start(moved);
  wishes.adopt(ringOf(1, 2, 3));
  assert.equal(wanted(wishes.look(ringOf(1, 2, 3), 1e9)).ring.members[0], moved);
  wishes.adopt({ ...ringOf(1, 2, 3), members: [moved, member(2), member(3)] });
  assert.equal(wishes.status(ringOf(1, 2, 3)).joining, []);
});

test('dead for too long -> evicted, by whoever comes first of those that are there', () => {
  const ring = ringOf(1, 2, 3, 4);
  const { wishes, dead } = start(member(3));
  dead.set(idOf(1), EVICT_MS - 1);
  assert.is(wishes.look(ring, 0).type, 'member.missing');
  assert.equal(wishes.status(ring).evictions, [{ id: idOf(1), inMs: 1 }]);
  dead.set(idOf(1), EVICT_MS);
  const { isOurs, turn, members } = wanted(wishes.look(ring, 0));
  assert.equal([isOurs, turn], [false, 1]);
  assert.equal(members, [2, 3, 4].map(idOf));
});

test('eviction is switched off -> never given up, whatever the time', () => {
  const { wishes, dead } = start(member(1), 0);
  dead.set(idOf(2), 1e9);
  assert.is(wishes.look(ringOf(1, 2, 3, 4), 0).type, 'nothing.wanted');
  assert.equal(wishes.status(ringOf(1, 2, 3, 4)).evictions, []);
});

test('has said goodbye -> evicted at once', () => {
  const { wishes, left } = start();
  left.add(idOf(2));
  assert.equal(wanted(wishes.look(ringOf(1, 2, 3, 4), 0)).members, [1, 3, 4].map(idOf));
});

test('all have fetched what they gain -> settled; for another ring that counts nothing', () => {
  const { wishes } = start();
  wishes.join(member(4), 0);
  const { ring: changing } = wanted(wishes.look(ringOf(1, 2, 3), 0));
  wishes.adopt(changing);
  assert.is(wishes.look(changing, 0).type, 'ring.waits');
  for (const id of gainingMembers(changing)) wishes.notePulled(id);
  const { ring, isOurs } = wanted(wishes.look(changing, 0));
  assert.is(ring.transition, undefined);
  assert.not(isOurs, 'all see it');
  wishes.adopt(changing);
  assert.is(wishes.look(changing, 0).type, 'ring.waits');
});

test('a newcomer dies on the way -> given up after half a minute, though it owns nothing', () => {
  const { wishes, dead } = start();
  wishes.join(member(4), 0);
  const { ring: changing } = wanted(wishes.look(ringOf(1, 2, 3), 0));
  wishes.adopt(changing);
  dead.set(idOf(4), 29_999);
  assert.is(wishes.look(changing, 0).type, 'ring.waits');
  dead.set(idOf(4), 30_000);
  assert.equal(wanted(wishes.look(changing, 0)).members, [1, 2, 3].map(idOf));
});

test.run();
