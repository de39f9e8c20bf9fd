/** Who has no place, and who keeps it whatever others say. */
import * as assert from 'uvu/assert';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Objections } from '../../../src/node/ring/objections.js';
import type { DialFailure } from '../../../src/ports.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';
import { member, ringOf } from '../one-node.js';

const test = suite('objections');
const INTRODUCER = 'x:1';
const CLAIM = { clusterId: 'e'.repeat(32), member: 'm'.repeat(16), from: 'y:1' };

interface Situation {
  ring?: Ring;
  introducers?: string[];
  expect?: number;
  isTrusted?: boolean;
}

function start({ ring, introducers = [INTRODUCER], expect = 0, isTrusted = true }: Situation) {
  const reasons: string[] = [];
  const clock = new ManualClock();
  const settings = { self: member('a'), introducers, expect, clusterId: undefined, partitions: 8 };
  const objections = new Objections({
    settings,
    rings: { current: ring },
    trust: { isTrusted },
    clock,
    refuse: (reason) => reasons.push(reason),
  });
  const fail = (kind: DialFailure['kind'], address = INTRODUCER) => {
    objections.failed({ kind, address, reason: 'why' });
    return reasons;
  };
  return { objections, reasons, clock, fail };
}

test('another cluster where it is to join by -> refused, while it starts', () => {
  const ring = ringOf(5, 'a', 'b');
  assert.match(start({ ring }).fail('cluster')[0]!, /x:1 is of another cluster than .*: why/);
  assert.equal(start({ ring }).fail('cluster', 'z:1'), [], 'nobody said to join there');
  const later = start({ ring });
  later.clock.advance(30_000);
  assert.equal(later.fail('cluster'), []);
});

test('another cluster at the address of a member -> that one has no place, not we', () => {
  const introducers = [member('b').address];
  const it = start({ ring: ringOf(5, 'a', 'b'), introducers });
  assert.equal(it.fail('cluster', introducers[0]), []);
});

test('another process lives as we -> refused, unless peers have vouched for our disk', () => {
  const ring = ringOf(5, 'a', 'b');
  assert.match(start({ ring, isTrusted: false }).fail('identity', 'b:1')[0]!, /why; .* a copy/);
  assert.equal(start({ ring }).fail('identity', 'b:1'), []);
});

test('it can join only itself -> refused; by others too, or with a ring -> not', () => {
  assert.match(start({}).fail('self')[0]!, /nobody to join: x:1 is this node itself/);
  assert.equal(start({ introducers: [INTRODUCER, 'y:1'] }).fail('self'), []);
  assert.equal(start({ expect: 3 }).fail('self'), [], 'others come to it');
  assert.equal(start({ ring: ringOf(5, 'a', 'b') }).fail('self'), []);
});

test('our address is that of another cluster’s member -> refused, if nobody counts on us', () => {
  const alone = start({ ring: ringOf(1, 'a') });
  alone.objections.claimed(CLAIM);
  assert.match(alone.reasons[0]!, /^a:1 is the address of member m{16} of cluster e{32}, says y:1/);
  const member = start({ ring: ringOf(5, 'a', 'b') });
  member.objections.claimed(CLAIM);
  assert.equal(member.reasons, []);
});

test('what may pass -> nothing is made of it', () => {
  assert.equal(start({ isTrusted: false }).fail('other'), []);
});

test.run();
