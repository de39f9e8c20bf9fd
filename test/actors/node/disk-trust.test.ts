/** When a disk is trusted, and whose word counts. */
import * as assert from 'uvu/assert';
import { DiskTrust, vouchesForUs } from '../../../actors/node/disk-trust.js';
import { suite } from '../../support/runner/suite.js';
import { claim, idOf } from '../membership/claims.js';
import { ackOf } from '../membership/driver.js';

const test = suite('disk trust');

test('the first life of a disk -> trusted as soon as there is a ring', () => {
  const first = new DiskTrust({ incarnation: 1 });
  assert.is(first.trust, 'unknown');
  first.ringAdopted(3);
  assert.ok(first.isTrusted);
});

test('a later life -> unknown until a peer vouches for it; alone there is nobody to ask', () => {
  const again = new DiskTrust({ incarnation: 2 });
  again.ringAdopted(3);
  assert.is(again.trust, 'unknown');
  again.vouched();
  assert.is(again.trust, 'trusted');
  const alone = new DiskTrust({ incarnation: 2 });
  alone.ringAdopted(1);
  assert.ok(alone.isTrusted);
});

test('denied, at once or after all -> for good', () => {
  for (const trusted of [false, true]) {
    const disk = new DiskTrust({ incarnation: 2 });
    if (trusted) disk.vouched();
    disk.deny();
    disk.vouched();
    disk.ringAdopted(1);
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
