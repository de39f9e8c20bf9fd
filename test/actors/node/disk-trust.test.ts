/** When a disk is trusted, and whose word counts. */
import * as assert from 'uvu/assert';
import { DiskTrust, vouchesForUs } from '../../../actors/node/disk-trust.js';
import { suite } from '../../support/runner/suite.js';
import { claim, idOf } from '../membership/claims.js';
import { ackOf } from '../membership/driver.js';

const test = suite('disk trust');
const SELF = idOf('a');
const MEMBERS = ['a', 'b', 'c'].map(idOf);

function trustOf(incarnation: number): DiskTrust {
  return new DiskTrust({ id: SELF, incarnation });
}

test('the first life of a disk -> trusted as soon as there is a ring', () => {
  const first = trustOf(1);
  assert.is(first.trust, 'unknown');
  first.ringAdopted(MEMBERS, MEMBERS);
  assert.ok(first.isTrusted);
});

test('a later life -> unknown until a member vouches for it; alone there is nobody to ask', () => {
  const again = trustOf(2);
  again.ringAdopted(MEMBERS, MEMBERS);
  again.vouched(idOf('d'));
  assert.is(again.trust, 'unknown', 'it may have come after a later life');
  again.vouched(idOf('b'));
  assert.is(again.trust, 'trusted');
  const alone = trustOf(2);
  alone.ringAdopted([SELF], [SELF]);
  assert.ok(alone.isTrusted);
  const nowhere = trustOf(2);
  nowhere.vouched(idOf('d'));
  assert.ok(nowhere.isTrusted, 'without a ring there is nothing to have lost');
});

test('alone but for who is to join -> its word counts, unless it is gone', () => {
  const heard = trustOf(2);
  heard.ringAdopted([SELF], MEMBERS);
  assert.is(heard.trust, 'unknown');
  heard.vouched(idOf('c'));
  assert.ok(heard.isTrusted);

  const left = trustOf(2);
  left.ringAdopted([SELF], MEMBERS);
  left.lost(idOf('b'));
  assert.is(left.trust, 'unknown', 'c may still speak');
  left.lost(idOf('c'));
  assert.ok(left.isTrusted);

  const before = trustOf(2);
  for (const member of ['b', 'c']) before.lost(idOf(member));
  before.ringAdopted([SELF], MEMBERS);
  assert.ok(before.isTrusted);
});

test('other members are gone -> not trusted: they may come back with what they know', () => {
  const one = trustOf(2);
  one.ringAdopted(MEMBERS, MEMBERS);
  for (const member of ['b', 'c']) one.lost(idOf(member));
  assert.is(one.trust, 'unknown');
  const joining = trustOf(2);
  joining.ringAdopted([idOf('b')], [SELF, idOf('b')]);
  joining.lost(idOf('b'));
  assert.is(joining.trust, 'unknown');
});

test('denied, at once or after all -> for good', () => {
  for (const trusted of [false, true]) {
    const disk = trustOf(2);
    if (trusted) disk.vouched(idOf('b'));
    disk.deny();
    disk.vouched(idOf('b'));
    disk.ringAdopted([SELF], [SELF]);
    assert.is(disk.trust, 'denied');
    assert.not(disk.isTrusted);
  }
});

test('a peer answers -> its word; what it passes on, and what is no answer -> none', () => {
  const answer = ackOf(1, claim('b1'));
  assert.ok(vouchesForUs(idOf('b'), answer));
  assert.not(vouchesForUs(idOf('c'), answer), 'b has heard nothing from us');
  assert.ok(vouchesForUs(idOf('b'), { type: 'swim.synced', roster: [] }));
  assert.not(vouchesForUs(idOf('b'), { type: 'swim.sync', roster: [] }));
  assert.not(vouchesForUs(idOf('b'), { type: 'swim.nack', probe: 1, rumours: [] }));
});

test.run();
