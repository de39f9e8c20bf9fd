/** Records of a backup on their way to their owners: done when a write quorum holds each. */
import * as assert from 'uvu/assert';
import type { Failure, Restored } from '../../../src/core/requests.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { restore } from '../../../src/node/backup/restorer.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { ownersIn, stableRing } from '../stabilizer/owners.js';

const test = suite('restorer');
const IDS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16));
/** Partition 0 belongs to A, B and C, partition 1 to B, C and D. */
const LAYOUT = [
  [0, 1, 2],
  [1, 2, 3],
];
const RING = stableRing(5, IDS, LAYOUT);
const KEYS = Array.from({ length: 40 }, (_, i) => `key ${i}`);
const RECORDS = KEYS.map((key) => record(key));
const open = ownersIn(test);

function start(ring: Ring = RING) {
  const world = open(ring, IDS);
  const [coordinator] = world.all;
  const supervisor = { isServing: true };
  const parts = { rings: coordinator!.rings, calls: world.callsOf(coordinator!), supervisor };
  const run = (records: readonly Buffer[]) =>
    new Promise<Restored | Failure>((resolve) => restore(parts, records, resolve));
  const held = () => world.all.map((owner) => Object.keys(owner.rows()).length);
  return { world, supervisor, run, held };
}

test('records -> at all owners of their keys, one message to each', async () => {
  const { world, run, held } = start();
  assert.equal(await run(RECORDS), { ok: true, epoch: 5 });
  const [a, b, c, d] = held() as [number, number, number, number];
  assert.equal([b, c, a + d], [40, 40, 40]);
  assert.equal(
    world.asked,
    IDS.map((id) => `backup.restore ${id}`),
  );
  assert.equal(await run([]), { ok: true, epoch: 5 });
});

test('an owner is away -> done by the others; two of three -> not', async () => {
  const { world, run } = start();
  world.all[1]!.isUp = false;
  assert.is((await run(RECORDS)).ok, true);
  world.all[2]!.isUp = false;
  const failed = (await run(RECORDS)) as Failure;
  assert.equal([failed.code, failed.needed, failed.got], ['quorum_unavailable', 2, 1]);
  assert.match(failed.detail, /2 owners have to hold each record, 1 do: lost$/);
});

test('owners are changing -> a quorum of those that come, too', async () => {
  const alone = LAYOUT.map(() => [3]);
  const ring = { ...RING, transition: { members: RING.members, layout: alone } };
  const { world, run, held } = start(ring);
  assert.is((await run(RECORDS)).ok, true);
  assert.is(held()[3], 40);
  world.all[3]!.isUp = false;
  assert.is((await run(RECORDS)).ok, false);
});

test('a record of the epoch in force -> what is to be done, and none is stored', async () => {
  const { run, held } = start();
  const late = record('late', { version: { ...version(1), epoch: 5 } });
  const failed = (await run([...RECORDS, late])) as Failure;
  assert.is(failed.code, 'change_refused');
  assert.match(failed.detail, /written in epoch 5.*in epoch 5: POST \/admin\/epoch\?above=5/);
  assert.equal(held(), [0, 0, 0, 0]);
});

test('disks are full, or a node does not serve -> so it says', async () => {
  const { world, run, supervisor } = start();
  for (const owner of world.all) owner.disk.room = 'none';
  assert.is(((await run(RECORDS)) as Failure).code, 'read_only');
  supervisor.isServing = false;
  assert.is(((await run(RECORDS)) as Failure).code, 'not_ready');
});

test.run();
