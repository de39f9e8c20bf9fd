/** When a disk is trusted, and whose word counts. */
import * as assert from 'uvu/assert';
import { DiskTrust, vouchesForUs } from '../../../actors/node/disk-trust.js';
import { suite } from '../../support/runner/suite.js';
import { claim, idOf } from '../membership/claims.js';
import { ackOf } from '../membership/driver.js';

const test = suite('disk trust');
const MEMBERS = ['a', 'b', 'c'].map(idOf);

test('the first life of a disk -> trusted as soon as there is a ring', () => {
  const first = new DiskTrust({ incarnation: 1 });
  assert.is(first.trust, 'unknown');
  first.ringAdopted(MEMBERS);
  assert.ok(first.isTrusted);
});

test('a later life -> unknown until a member vouches for it; alone there is nobody to ask', () => {
  const again = new DiskTrust({ incarnation: 2 });
  again.ringAdopted(MEMBERS);
  again.vouched(idOf('d'));
  assert.is(again.trust, 'unknown', 'it may have come after a later life');
  again.vouched(idOf('b'));
  assert.is(again.trust, 'trusted');
  const alone = new DiskTrust({ incarnation: 2 });
  alone.ringAdopted([idOf('a')]);
  assert.ok(alone.isTrusted);
  const nowhere = new DiskTrust({ incarnation: 2 });
  nowhere.vouched(idOf('d'));
  assert.ok(nowhere.isTrusted, 'without a ring there is nothing to have lost');
});

test('denied, at once or after all -> for good', () => {
  for (const trusted of [false, true]) {
    const disk = new DiskTrust({ incarnation: 2 });
    if (trusted) disk.vouched(idOf('b'));
    disk.deny();
    disk.vouched(idOf('b'));
    disk.ringAdopted([idOf('a')]);
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
