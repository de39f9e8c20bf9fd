/** Rows that rot and are read by nobody are found, and healed from other owners. */
import * as assert from 'uvu/assert';
import { recordKey } from '../../../src/core/data/record.js';
import { Scrub } from '../../../src/node/stabilizer/scrub.js';
import type { Log } from '../../../src/ports.js';
import { Stream } from '../../sim/world/random.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { type Owner, type Owners, ownersIn, stableRing } from './owners.js';

const test = suite('scrub');
const IDS = ['a', 'b', 'c'].map((digit) => digit.repeat(16));
const RING = stableRing(1, IDS, [
  [0, 1, 2],
  [0, 1, 2],
]);
const EVERY_MS = 60_000;
const KEYS = Array.from({ length: 20 }, (_, i) => `key ${i}`);
const open = ownersIn(test);
const random = new Stream(1, 'flips');

async function start() {
  const world = open(RING, IDS);
  for (const owner of world.all) {
    await owner.put(...KEYS.map((key) => record(key, { version: version(3) })));
  }
  return { world, first: world.all[0]!, told: [] as string[] };
}

function scrubOf(world: Owners, owner: Owner, told: string[], everyMs = EVERY_MS) {
  let reached: () => void = () => undefined;
  const { store } = owner;
  const log: Log = (_, event, fields) => {
    told.push(`${event} ${fields?.rows}`);
    reached();
  };
  const scrub = new Scrub({
    self: owner.id,
    rings: owner.rings as never,
    sync: world.syncOf(owner),
    store: {
      inspect: store.inspect.bind(store),
      meta: store.meta.bind(store),
      setMeta: (name, text, done) => {
        store.setMeta(name, text, () => {
          done();
          reached();
        });
      },
    },
    clock: world.clock,
    log,
    everyMs,
    isReachable: (id) => world.all.some((other) => other.id === id && other.isUp),
    onFailure: (error) => {
      throw error;
    },
  });
  /** Stops it as soon as something is so. */
  const until = (isSo: () => boolean) =>
    new Promise<void>((resolve) => {
      reached = () => {
        if (!isSo()) return;
        scrub.stop();
        resolve();
      };
      scrub.start();
    });
  return { scrub, until, untilThrough: () => until(() => scrub.status.ended !== undefined) };
}

const intact = (owner: Owner) => Object.keys(owner.rows()).length;

test('rows rot, in records and beside them -> all are healed, and counted', async () => {
  const { world, first, told } = await start();
  for (const key of KEYS.slice(0, 9)) first.disk.flipAnywhere(key, random);
  const { scrub, untilThrough } = scrubOf(world, first, told);
  await untilThrough();
  assert.is(intact(first), KEYS.length);
  const { damaged, healed, rows } = scrub.status;
  // What was damaged is read twice.
  assert.equal([damaged, healed, rows], [9, 9, 2 * KEYS.length]);
});

test('who could heal is away -> tried again until it is back', async () => {
  const { world, first, told } = await start();
  first.disk.flipBit('key 1', random);
  for (const other of world.all.slice(1)) other.isUp = false;
  const { scrub, until } = scrubOf(world, first, told);
  await until(() => told.length === 1);
  assert.is(scrub.status.healed, 0);
  world.all[2]!.isUp = true;
  await until(() => told.length === 2);
  assert.equal(told, ['scrub.damaged 1', 'scrub.healed 1']);
  assert.is(intact(first), KEYS.length);
});

test('nobody has it whole -> it is given up for this time, and the rest is read', async () => {
  const { world, first, told } = await start();
  for (const { disk } of world.all) disk.flipBit('key 1', random);
  const { untilThrough } = scrubOf(world, first, told);
  await untilThrough();
  assert.equal(told, ['scrub.damaged 1']);
  const key = recordKey(record('key 1'));
  const read = await new Promise((done) => first.store.read(key, done));
  assert.equal(read, { kind: 'corrupt' });
});

test('paused -> nothing is read, also after a restart, until it is to go on', async () => {
  const { world, first, told } = await start();
  const before = scrubOf(world, first, told).scrub;
  before.pause(true);
  before.start();
  await new Promise<void>((resolve) => void world.clock.setTimeout(resolve, EVERY_MS));
  before.stop();
  assert.equal([before.status.state, before.status.rows], ['paused', 0]);
  const { scrub, untilThrough } = scrubOf(world, first, told);
  assert.is(scrub.status.state, 'paused');
  const through = untilThrough();
  scrub.pause(false);
  await through;
  assert.is(scrub.status.rows, KEYS.length);
});

test('a restart in the middle -> it goes on with the next partition', async () => {
  const { world, first, told } = await start();
  const one = scrubOf(world, first, told);
  await one.until(() => one.scrub.status.done === 1);
  const other = scrubOf(world, first, told);
  const before = one.scrub.status;
  const { began, done, total } = other.scrub.status;
  assert.equal({ began, done, total }, { began: before.began, done: 1, total: 2 });
  await other.untilThrough();
  assert.is(before.rows + other.scrub.status.rows, KEYS.length);
});

test('the wall clock was far ahead when it began, and is set back -> it goes on', async () => {
  const { world, first, told } = await start();
  const place = { partition: 1, ended: 0, isPaused: false };
  const began = world.clock.now() + 1000 * EVERY_MS;
  first.store.setMeta('scrub', JSON.stringify({ ...place, began }), () => undefined);
  const { scrub, untilThrough } = scrubOf(world, first, told);
  await untilThrough();
  assert.ok(scrub.status.rows > 0);
});

test('paused while it heals -> nothing is said to be healed', async () => {
  const { world, first, told } = await start();
  first.disk.flipBit('key 1', random);
  const { scrub, until } = scrubOf(world, first, told);
  world.intercept = () => {
    scrub.pause(true);
    return 'lost';
  };
  await until(() => scrub.status.state === 'paused');
  await new Promise<void>((resolve) => void world.clock.setTimeout(resolve, EVERY_MS));
  assert.is(scrub.status.healed, 0);
  assert.not.ok(told.includes('scrub.healed 1'));
});

test('turned off -> off, and nothing is read', async () => {
  const { world, first, told } = await start();
  const { scrub } = scrubOf(world, first, told, 0);
  scrub.start();
  await new Promise<void>((resolve) => void world.clock.setTimeout(resolve, EVERY_MS));
  assert.equal([scrub.status.state, scrub.status.rows], ['off', 0]);
});

test.run();
