/** The ring in force: it is on disk before anybody acts by it, and the newest of all that come. */
import * as assert from 'uvu/assert';
import { parseRing } from '../../../src/core/ring/ring-json.js';
import type { Message } from '../../../src/core/wire/messages.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';
import { member } from '../stabilizer/owners.js';
import { openRing, ringOf } from './open-ring.js';

const test = suite('current ring');

const PEER = 'b'.repeat(16);
const onDisk = (disk: Map<string, string>) => parseRing(disk.get('ring')!).epoch;

test('a ring is decided -> in force when, and not before, it is on disk', () => {
  const { rings, adopt, adopted, disk, sync } = openRing(new ManualClock());
  const told: boolean[] = [];
  rings.whenAtLeast({ epoch: 3, source: PEER, withinMs: 100 }, (isThere) => told.push(isThere));
  adopt(3);
  assert.equal([rings.epoch, told, adopted], [0, [], []]);
  sync();
  assert.equal([rings.epoch, told, adopted, onDisk(disk)], [3, [true], [3], 3]);
});

test('an older ring comes while a newer one is being written -> never in its place', () => {
  const { rings, adopt, adopted, disk, sync } = openRing(new ManualClock());
  adopt(5);
  adopt(4);
  adopt(5, 1);
  sync();
  assert.equal([rings.epoch, rings.current?.replicas, onDisk(disk)], [5, 3, 5]);
  adopt(5, 1);
  adopt(6);
  adopt(7);
  sync();
  assert.equal([rings.epoch, adopted, onDisk(disk)], [7, [5, 6, 7], 7]);
});

test('it was decided that we go, and who lags behind does not know -> its ring is over', () => {
  const held = { ...ringOf(11), members: [member(PEER)] };
  const { rings, adopt, adopted, sync } = openRing(new ManualClock(), held);
  adopt(10);
  adopt(11);
  sync();
  assert.equal([rings.epoch, adopted], [0, []]);
  adopt(12);
  sync();
  assert.equal([rings.epoch, adopted], [12, [12]]);
});

test('who leaves hands over its ring -> told when it is on disk here', () => {
  const { rings, sync } = openRing(new ManualClock());
  const replies: Message[] = [];
  const ring = JSON.stringify(ringOf(3));
  const reply = (message: Message) => void replies.push(message);
  rings.take({ type: 'ring.hand', call: 9, ring }, PEER, reply);
  assert.equal(replies, []);
  sync();
  assert.equal(replies, [{ type: 'ring.handed', call: 9, epoch: 3 }]);
});

test('a ring of another cluster, or none -> nothing is written', () => {
  const { rings, disk, sync } = openRing(new ManualClock());
  assert.is(rings.learn('{', PEER), undefined);
  assert.is(
    rings.learn(JSON.stringify({ ...ringOf(3), clusterId: '2'.repeat(32) }), PEER),
    undefined,
  );
  sync();
  assert.equal([rings.epoch, disk.size], [0, 0]);
});

test.run();
