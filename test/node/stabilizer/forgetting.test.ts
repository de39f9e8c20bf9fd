/** What a node still holds of a partition that it gains again brings nothing back. */
import * as assert from 'uvu/assert';
import { NO_VERSION, type Version } from '../../../src/core/data/version.js';
import { version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import type { Owner } from './owners.js';
import { A, at, B, end, start } from './transferring.js';

const test = suite('forgetting');

test.after.each(end);

const reap = (owner: Owner, time: number, ...keys: string[]) =>
  new Promise((resolve) => {
    const entries = keys.map((key) => ({ key: Buffer.from(key), version: version(time) }));
    owner.store.reap({ partition: 0, upTo: version(time), entries }, resolve);
  });

test('left here from before, and reaped since -> forgotten; what has worth comes', async () => {
  const { a, b, c, d, pullTo } = start();
  await d.put(at('deleted since', 3), at('still there', 4), at('newer', 9), at('gone long ago', 1));
  for (const owner of [a, b, c]) {
    await owner.put(at('still there', 4));
    await reap(owner, 5, 'deleted since');
  }
  assert.is((await pullTo(d)).failure, undefined);
  const [newer, there] = ['1.9.00000000000000a1', '1.4.00000000000000a1'];
  assert.equal(d.rows(), { newer, 'still there': there });
  const upTo = await new Promise((resolve) => d.store.reapedUpTo(0, resolve));
  assert.equal(upTo, version(5), 'what is as old is not taken from anybody else either');
});

test('more was left here than is looked at in one go -> each row is judged once', async () => {
  const { a, b, c, d, pullTo } = start();
  const names = Array.from({ length: 1300 }, (_, n) => `k${n}`);
  await d.put(...names.map((name, n) => at(name, n % 2 === 0 ? 3 : 9)));
  for (const owner of [a, b, c]) await reap(owner, 5);
  let looks = 0;
  const page = d.store.page.bind(d.store);
  d.store.page = (query, done) => {
    if (!query.leaves) looks++;
    page(query, done);
  };
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(new Set(Object.keys(d.rows())), new Set(names.filter((_, n) => n % 2 === 1)));
  assert.ok(looks <= names.length / 50 + 1, `${looks} pages`);
});

test('nothing was left here -> what was reaped is inherited, and not asked about', async () => {
  const { world, a, b, d, pullTo } = start();
  for (const owner of [a, b]) {
    await owner.put(at('k', 1));
    await reap(owner, 5);
  }
  await pullTo(d);
  assert.equal(
    world.asked.filter((asked) => asked.startsWith('partition.compare')),
    [`partition.compare ${A}`, `partition.compare ${B}`],
  );
  assert.equal(Object.keys(d.rows()), ['k']);
  const upTo = await new Promise((resolve) => d.store.reapedUpTo(0, resolve));
  assert.equal(upTo, version(5));
});

test('an owner did not say what it has reaped -> not pulled, until it is done anew', async () => {
  const { world, a, d, pullTo } = start();
  await reap(a, 5);
  await d.put(at('k', 3));
  let looks = 0;
  world.intercept = (to, message) =>
    to === A && message.type === 'partition.tree' && ++looks === 1 ? 'lost' : undefined;
  assert.is((await pullTo(d)).failure, `${A} has reaped what it did not say`);
  assert.is((await pullTo(d)).failure, undefined);
  assert.equal(d.rows(), {});
});

test('an owner names a version of an epoch to come -> never believed, by any way', async () => {
  for (const isLeft of [true, false]) {
    const { a, b, c, d, pullTo } = start();
    if (isLeft) await d.put(at('k', 3));
    for (const owner of [a, b, c]) {
      await owner.put(at('k', 4));
      const upTo = { ...version(5), epoch: 0xffff_ffff };
      await new Promise((resolve) => {
        owner.store.reap({ partition: 0, upTo, entries: [] }, resolve);
      });
    }
    assert.match((await pullTo(d)).failure!, /corrupt/);
    const upTo = await new Promise<Version>((resolve) => d.store.reapedUpTo(0, resolve));
    assert.equal(upTo, NO_VERSION);
  }
});

test('our disk is full, and something has to be forgotten -> not pulled', async () => {
  const { a, b, d, pullTo } = start();
  await d.put(at('k', 3));
  for (const owner of [a, b]) await reap(owner, 5);
  d.disk.room = 'none';
  assert.match((await pullTo(d)).failure!, /our disk is full/);
  assert.equal(Object.keys(d.rows()), ['k']);
});

test.run();
