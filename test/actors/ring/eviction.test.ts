/** When a dead member is given up, and when it is not. */
import * as assert from 'uvu/assert';
import { Eviction } from '../../../actors/ring/eviction.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { MemberStatus } from '../../../src/core/status.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('eviction');
const MEMBER = 'a'.repeat(16);
const NEWCOMER = 'b'.repeat(16);
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 1,
  ...foundingReplication({ replicas: 3 }),
  members: [{ id: MEMBER, address: 'a:1', weight: 1, zone: '' }],
  layout: [[0]],
};

function evictionOf(status: MemberStatus, deadForMs: number | undefined, evictAfterMs = 1000) {
  const liveness = { isReachable: () => true, statusOf: () => status, deadForMs: () => deadForMs };
  return new Eviction({ evictAfterMs, liveness });
}

test('alive or suspect -> never', () => {
  for (const status of ['alive', 'suspect'] as const) {
    const eviction = evictionOf(status, undefined);
    assert.is(eviction.dueInMs(RING, MEMBER), undefined);
    assert.not(eviction.isDue(RING, MEMBER));
  }
});

test('dead -> counted down, and due when the time has passed', () => {
  assert.is(evictionOf('dead', 400).dueInMs(RING, MEMBER), 600);
  assert.not(evictionOf('dead', 999).isDue(RING, MEMBER));
  assert.ok(evictionOf('dead', 1000).isDue(RING, MEMBER));
});

test('the least that can be said -> counted down, too', () => {
  assert.is(evictionOf('dead', 0, 1).dueInMs(RING, MEMBER), 1);
});

test('dead, and 0 is said -> never; who has said goodbye goes all the same', () => {
  assert.is(evictionOf('dead', 1e9, 0).dueInMs(RING, MEMBER), undefined);
  assert.ok(evictionOf('left', undefined, 0).isDue(RING, MEMBER));
});

test('a newcomer that owns nothing yet -> half a minute, whatever is said', () => {
  for (const evictAfterMs of [0, 1000]) {
    assert.is(evictionOf('dead', 10_000, evictAfterMs).dueInMs(RING, NEWCOMER), 20_000);
  }
});

test.run();
