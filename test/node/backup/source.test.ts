/** What a node gives away for a backup: what it owns, page by page, as long as the owners stay. */
import * as assert from 'uvu/assert';
import { recordKey } from '../../../src/core/data/record.js';
import type { BackupPage } from '../../../src/core/requests.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import type { Part } from '../../../src/core/wire/backup-stream.js';
import { BackupSource } from '../../../src/node/backup/source.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { type Owner, type Owners, ownersIn, stableRing } from '../stabilizer/owners.js';

const test = suite('backup source');
const IDS = ['a', 'b'].map((digit) => digit.repeat(16));
const [A, B] = IDS as [string, string];
/** A owns partition 0 alone; partition 1 is another's, though A holds rows of it. */
const RING = stableRing(5, IDS, [[0], [1]]);
const KEYS = Array.from({ length: 5000 }, (_, i) => `key ${String(i).padStart(4, '0')}`);
const isOwn = (key: string) => partitionOf(Buffer.from(key), 2) === 0;
const HELD_MS = 1000;
const open = ownersIn(test);

interface Begun {
  readonly owner: Owner;
  readonly supervisor: { isServing: boolean };
  /** Nothing has been given lately. */
  readonly forget: () => void;
  readonly world: Owners;
  source(part: Part): { next(): Promise<BackupPage> };
}

function start(): Begun {
  const world = open(RING, IDS);
  const owner = world.all[0]!;
  const supervisor = { isServing: true };
  // As if the hints had been given.
  owner.reaping.hold(HELD_MS);
  const parts = {
    ...{ self: A, store: owner.store, rings: owner.rings, clock: world.clock, supervisor },
    wallMs: () => owner.wallMs,
    versionClock: { latestPlausible: 6.5 },
    reaping: owner.reaping,
  };
  const source = (part: Part) => {
    const begun = new BackupSource(parts, part);
    return { next: () => new Promise<BackupPage>((resolve) => begun.next(resolve)) };
  };
  const forget = () => owner.reaping.hold(0);
  return { world, owner, supervisor, forget, source };
}

async function all({ source }: Begun, part: Part): Promise<{ keys: string[]; end: BackupPage }> {
  const keys: string[] = [];
  const begun = source(part);
  for (;;) {
    const page = await begun.next();
    if (!('records' in page) || 'part' in page) return { keys, end: page };
    keys.push(...page.records.map((each) => recordKey(each).toString()));
  }
}

const END = { node: A, clusterId: RING.clusterId, epoch: 5, unreadable: 0, latest: 7 };

test('rows -> those it owns, in the order of their keys, tombstones too', async () => {
  const begun = start();
  const { owner } = begun;
  await owner.put(...KEYS.map((key) => record(key)));
  const dead = KEYS.find(isOwn)!;
  await owner.put(record(dead, { version: version(2), tombstone: true }));
  const { keys, end } = await all(begun, 'rows');
  const own = KEYS.filter(isOwn);
  assert.equal(keys, own);
  assert.equal(end, { ...END, part: 'rows', records: own.length });
  assert.ok(owner.reaping.hold(0), 'nothing is reaped meanwhile');
});

test('a row that cannot be read -> left out, and counted', async () => {
  const begun = start();
  const [first, second] = KEYS.filter(isOwn);
  await begun.owner.put(record(first!), record(second!));
  const rows = begun.owner.disk.rowsOf(0);
  const [name, row] = [...rows][0]!;
  rows.set(name, { ...row, record: damaged(row.record) });
  const { keys, end } = await all(begun, 'rows');
  assert.is(keys.length, 1);
  assert.equal(end, { ...END, part: 'rows', records: 1, unreadable: 1 });
});

test('hints -> for whomever, but what has expired', async () => {
  const begun = start();
  const { owner } = begun;
  owner.wallMs = 100;
  const hint = (target: string, key: string, expiresAt: number) =>
    new Promise((resolve) => owner.store.hint({ target, record: record(key), expiresAt }, resolve));
  for (const key of KEYS.slice(0, 1500)) await hint(B, key, 101);
  await hint(A, 'for another', 900);
  await hint(B, 'expired', 100);
  const { keys, end } = await all(begun, 'hints');
  assert.equal(keys, [...KEYS.slice(0, 1500), 'for another']);
  assert.equal(end, { ...END, part: 'hints', records: 1501 });
});

test('the ring changes, is changing, or it does not serve -> no more, and why', async () => {
  const begun = start();
  const { owner, supervisor, source } = begun;
  await owner.put(...KEYS.map((key) => record(key)));
  const code = (page: BackupPage) => ('ok' in page ? page.code : 'a page');
  const rows = source('rows');
  assert.is(code(await rows.next()), 'a page');
  owner.adopt({ ...RING, epoch: 6 });
  assert.is(code(await rows.next()), 'change_refused');
  assert.is(code(await source('rows').next()), 'a page', 'one that begins now');
  owner.adopt({ ...RING, epoch: 7, transition: { members: RING.members, layout: [[1], [0]] } });
  assert.is(code(await source('hints').next()), 'change_refused');
  owner.adopt({ ...RING, epoch: 8 });
  supervisor.isServing = false;
  assert.is(code(await source('rows').next()), 'not_ready');
});

test('rows without the hints before, or long after -> none: it may lack tombstones', async () => {
  const { world, source, forget } = start();
  const first = async (part: Part) => {
    const page = await source(part).next();
    return 'ok' in page ? page.code : 'a page';
  };
  forget();
  assert.is(await first('rows'), 'change_refused');
  await first('hints');
  assert.is(await first('rows'), 'a page');
  for (let minute = 0; minute < 10; minute++) {
    await new Promise<void>((resolve) => world.clock.setTimeout(resolve, 60_000));
  }
  assert.is(await first('rows'), 'change_refused');
});

test.run();
