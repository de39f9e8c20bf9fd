/** `quorate backup` and `restore`, at nodes in memory: what is written, and refused, and why. */
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Manifest } from '../../../../src/cli/backup/manifest.js';
import { readingOf } from '../../../../src/core/data/hybrid-clock.js';
import type { DataRecord } from '../../../../src/core/data/record.js';
import { failure } from '../../../../src/core/failures.js';
import { systemClock } from '../../../../src/system.js';
import { idOf } from '../../../doors/stub-backend.js';
import { type Ended, quorate } from '../../../support/cli/quorate.js';
import { damaged, record, version } from '../../../support/data/records.js';
import { suite } from '../../../support/runner/suite.js';
import { BackupNodes } from './backup-nodes.js';

const test = suite('quorate: backup and restore', { limitMs: 30_000 });
const CHANGING = failure('change_refused', 'the owners of partitions are changing', 'no');
const FULL = failure('read_only', 'the disk of an owner is full', 'unknown');
const FOREVER = 9e12;

const nodes = new BackupNodes();
let folder: string;
let dir: string;

test.before(() => nodes.open());
test.after(() => nodes.close());
test.before.each(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-backup-'));
  dir = join(folder, 'b');
  await nodes.renew();
  const [first, second, third] = nodes.backends;
  first!.rows = ['a', 'b', 'c', 'd'].map((key) => at(key, 1));
  second!.rows = [at('a', 1), at('b', 2), at('c', 1, { tombstone: true, value: NOTHING })];
  third!.rows = [at('b', 2), at('c', 3, { expiresAt: FOREVER }), at('e', 1, { expiresAt: 5 })];
  second!.hints = [at('z', 1), at('a', 4, { tombstone: true, value: NOTHING }), at('a', 3)];
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const NOTHING = Buffer.alloc(0);

function at(key: string, time: number, fields: Partial<DataRecord> = {}): Buffer {
  return record(key, { version: version(time), ...fields });
}

function asked(...words: string[]): Promise<Ended> {
  return quorate(['-n', nodes.addresses.join(), ...words]);
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'));
}

function fileOf(n: number): string {
  return join(dir, `${idOf(n)}.records`);
}

/** By key, what a restore has to come to. */
const NEWEST = {
  a: at('a', 4, { tombstone: true, value: NOTHING }),
  b: at('b', 2),
  c: at('c', 3, { expiresAt: FOREVER }),
  d: at('d', 1),
  e: at('e', 1, { expiresAt: 5 }),
  z: at('z', 1),
};

test('backup -> a file for each node and a manifest; all hints come before any rows', async () => {
  const { code, stdout, stderr } = await asked('backup', dir);
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^backed up 3 nodes, 10 rows, [\d.]+ \w+ in .*\n$/);
  assert.equal(nodes.asked, [...Array(3).fill('hints'), ...Array(3).fill('rows')]);
  const files = [1, 2, 3].map((n) => `${idOf(n)}.records`);
  assert.equal(readdirSync(dir).sort(), [...files, 'manifest.json']);
  const { ring, missing, partial, nodes: told } = manifest();
  assert.equal([ring.epoch, ring.replicas, missing, partial], [5, 3, [], undefined]);
  const counts = told.map(({ rows, hints, tombstones }) => [rows, hints, tombstones]);
  assert.equal(counts, [
    [4, 0, 0],
    [3, 3, 2],
    [3, 0, 0],
  ]);
});

test('restore -> the newest of each key, hints too, above the epoch of the backup', async () => {
  await asked('backup', dir);
  const { code, stdout, stderr } = await asked('restore', dir);
  assert.equal([code, stderr], [0, '']);
  assert.is(stdout, 'restored 6 keys: 4 with values, 1 expired, 1 deleted\n');
  assert.equal(Object.fromEntries([...nodes.restored].sort()), NEWEST);
  assert.is(nodes.backends[2]!.epoch(), 6);
});

test('restore into an epoch above already -> no other; and not empty -> refused', async () => {
  await asked('backup', dir);
  nodes.adopt({ ...nodes.backends[0]!.current!, epoch: 80 });
  assert.is((await asked('restore', dir)).code, 0);
  assert.is(nodes.backends[0]!.epoch(), 80);
  const again = await asked('restore', dir);
  assert.equal([again.code, again.stdout], [1, '']);
  assert.match(again.stderr, /the cluster is not empty: 127.0.0.1:\d+ holds 6 rows, .*--resume/);
  assert.is((await asked('restore', dir, '--resume')).code, 0);
});

test('--dry-run -> what there is; no node is asked', async () => {
  await asked('backup', dir);
  const { code, stdout } = await quorate(['-n', '127.0.0.1:1', 'restore', dir, '--dry-run']);
  assert.is(code, 0);
  const what = '6 keys: 4 with values, 1 expired, 1 deleted';
  assert.is(stdout, `${what}; it is whole; the cluster goes on above epoch 5\n`);
});

test('a node is away, or fails half-way -> the others have it all; told, and written', async () => {
  nodes.backends[0]!.failures = { rows: CHANGING };
  const { code, stderr } = await asked('backup', dir);
  assert.is(code, 0);
  const [first] = nodes.addresses;
  assert.match(stderr, `without ${first}: the owners of partitions are changing`);
  assert.match(stderr, 'acknowledged by a quorum is there; by less, perhaps not');
  assert.equal(manifest().missing, [
    { id: idOf(1), address: first, why: 'the owners of partitions are changing' },
  ]);
  assert.not(existsSync(fileOf(1)));
  const restored = await asked('restore', dir);
  assert.is(restored.code, 0);
  assert.match(restored.stderr, `without ${first}`, 'told again');
});

test('a node cannot read some rows -> told; as good as away if another one is', async () => {
  nodes.backends[1]!.unreadable = 2;
  const alone = await asked('backup', dir);
  const [, second] = nodes.addresses;
  assert.is(alone.code, 0);
  assert.match(alone.stderr, `2 rows of ${second} cannot be read`);
  nodes.backends[0]!.failures = { rows: CHANGING };
  const both = await asked('backup', `${dir}-both`);
  assert.is(both.code, 4, both.stderr);
  assert.match(both.stderr, `${second} (it cannot read some of its rows)`);
});

test('two of three are away -> refused, and nothing left; --partial -> loud', async () => {
  await nodes.stop(1);
  nodes.backends[2]!.failures = { hints: CHANGING };
  const refused = await asked('backup', dir);
  assert.equal([refused.code, refused.stdout], [4, '']);
  const [, second, third] = nodes.addresses;
  assert.match(refused.stderr, `without ${second} (nobody listens there), ${third} (the owners`);
  assert.match(refused.stderr, 'of 64 partitions too few owners are left');
  assert.equal(readdirSync(dir), []);
  const partial = await asked('backup', dir, '--partial');
  assert.is(partial.code, 0);
  assert.match(partial.stderr, 'ACKNOWLEDGED WRITES MAY BE MISSING');
  assert.is(manifest().partial?.partitions, 64);
  assert.match((await asked('restore', dir)).stderr, '--partial restores what there is');
  assert.is(nodes.restored.size, 0);
});

test('the folder holds a backup -> refused; what is left of one cut short -> over it', async () => {
  await asked('backup', dir);
  const again = await asked('backup', dir);
  assert.is(again.code, 2);
  assert.match(again.stderr, 'holds a backup already');
  rmSync(join(dir, 'manifest.json'));
  writeFileSync(`${fileOf(1)}.part`, 'left');
  const none = await asked('restore', dir);
  assert.is(none.code, 1);
  assert.match(none.stderr, 'that is no backup, or one that was never finished');
  assert.is((await asked('backup', dir)).code, 0);
  assert.not(existsSync(`${fileOf(1)}.part`));
});

test('another backup is being written there -> refused, and it goes on undisturbed', async () => {
  await asked('backup', dir);
  const path = join(dir, 'manifest.json');
  renameSync(path, `${path}.part`);
  const before = readFileSync(fileOf(1));
  nodes.backends[0]!.rows = [];
  const { code, stderr } = await asked('backup', dir);
  assert.is(code, 1);
  assert.match(stderr, 'manifest.json.part is there: somebody is writing it, or was killed');
  assert.equal(readFileSync(fileOf(1)), before);
  assert.ok(existsSync(`${path}.part`));
});

test('a wrong clock stamped what no majority holds -> left out, and told', async () => {
  const late = readingOf(systemClock.now() + 3_600_000);
  const [first, second, third] = nodes.backends;
  // Its own clock is believed by nobody else.
  first!.latest += 86_400_000;
  first!.rows = [at('a', late), at('b', late)];
  second!.rows = [at('a', 1), at('b', late), at('c', late)];
  third!.rows = [at('a', 2), at('d', 1)];
  second!.hints = [at('d', late)];
  await asked('backup', dir);
  const dry = await asked('restore', dir, '--dry-run', '-o', 'json');
  assert.match(dry.stderr, 'of 3 keys something newer is left out: a clock that was wrong had');
  assert.match(dry.stderr, 'what was acknowledged at level one or any may be among it');
  const { keys, disowned } = JSON.parse(dry.stdout);
  assert.equal([dry.code, keys, disowned], [0, 3, 3]);
  const { code, stderr } = await asked('restore', dir);
  assert.is(code, 0);
  assert.match(stderr, 'of 3 keys something newer is left out');
  assert.equal([...nodes.restored].sort(), [
    ['a', at('a', 2)],
    ['b', at('b', late)],
    ['d', at('d', 1)],
  ]);
});

test('no room for the backup -> a sentence, and no manifest', async () => {
  await asked('backup', dir);
  rmSync(join(dir, 'manifest.json'));
  symlinkSync('/dev/full', `${fileOf(2)}.part`);
  const { code, stdout, stderr } = await asked('backup', dir);
  assert.equal([code, stdout], [1, '']);
  assert.match(stderr, /0002\.records\.part cannot be written: ENOSPC/);
  assert.not(existsSync(join(dir, 'manifest.json')));
});

test('nodes give what is none of it -> left out, and why', async () => {
  const [first, second, third] = nodes.backends;
  first!.current = { ...first!.current!, clusterId: 'd'.repeat(32) };
  second!.rows = [damaged(at('a', 1))];
  third!.current = { ...third!.current!, epoch: 6 };
  const { code, stderr } = await quorate(['-n', nodes.addresses[1]!, 'backup', dir]);
  assert.is(code, 4);
  for (const why of ['another node answers there', 'its ring is that of epoch 6, and not of 5']) {
    assert.match(stderr, why);
  }
});

/** [what is done to it, what is said of it] */
const DAMAGE: readonly (readonly [string, () => void, RegExp])[] = [
  ['a file is gone', () => rmSync(fileOf(2)), /0002\.records: there is no such file/],
  ['it was cut', () => cut(1, -1), /0001\.records: it has \d+ bytes, and has to have \d+/],
  ['it grew', () => appendFileSync(fileOf(1), 'x'), /0001\.records: it has \d+ bytes/],
  ['a bit flipped in a record', () => flip(1, 200), /record at byte \d+ is damaged/],
  ['a bit flipped in a length', () => flip(1, 1 + endOf()), /0001\.records: its? /],
  ['files change places', swap, /it is the file of another node, 0000000000000002/],
  ['a file of another backup', other, /it is of another cluster/],
  ['the manifest counts otherwise', () => told({ rows: 5 }), /it has 4 rows, and has to have 5/],
  ['its checksum is another', () => told({ sha256: '0'.repeat(64) }), /its checksum is another/],
  ['an epoch to come', () => ring({ epoch: 4 }), /it is of epoch 5, and not of 4/],
  ['the manifest was cut', () => cutManifest(), /manifest\.json cannot be used: it is not JSON/],
];

function cut(n: number, end: number): void {
  writeFileSync(fileOf(n), readFileSync(fileOf(n)).subarray(0, end));
}

function flip(n: number, at: number): void {
  const bytes = readFileSync(fileOf(n));
  bytes[at]! ^= 1;
  writeFileSync(fileOf(n), bytes);
}

/** Of the first file, which has none. */
function endOf(): number {
  const bytes = readFileSync(fileOf(1));
  return 8 + bytes.readUInt32BE(4);
}

function swap(): void {
  const [one, two] = [readFileSync(fileOf(1)), readFileSync(fileOf(2))];
  writeFileSync(fileOf(1), two);
  told({ bytes: two.length });
  writeFileSync(fileOf(2), one);
}

function other(): void {
  const path = join(dir, 'manifest.json');
  writeFileSync(path, JSON.stringify({ ...manifest(), clusterId: 'd'.repeat(32) }));
}

function told(fields: object): void {
  const [first, ...others] = manifest().nodes;
  const nodes = [{ ...first, ...fields }, ...others];
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify({ ...manifest(), nodes }));
}

function ring(fields: object): void {
  const changed = { ...manifest(), ring: { ...manifest().ring, ...fields } };
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(changed));
}

function cutManifest(): void {
  const path = join(dir, 'manifest.json');
  writeFileSync(path, readFileSync(path).subarray(0, -3));
}

for (const [what, act, why] of DAMAGE) {
  test(`${what} -> which file, and why; nothing is stored`, async () => {
    await asked('backup', dir);
    act();
    for (const words of [[], ['--dry-run'], ['--resume', '--partial']]) {
      const { code, stdout, stderr } = await asked('restore', dir, ...words);
      assert.is(code, 1, stderr);
      assert.match(stderr, why);
      assert.not.match(stderr, /\n\s+at /);
      assert.not.match(stdout, /whole/);
    }
    assert.is(nodes.restored.size, 0);
  });
}

test('the cluster cannot for a moment -> asked again, elsewhere', async () => {
  await asked('backup', dir);
  nodes.failures.push(failure('quorum_unavailable', 'too few', 'unknown'));
  const { code, stdout } = await asked('restore', dir);
  assert.equal([code, stdout.slice(0, 15)], [0, 'restored 6 keys']);
});

test('the disk of the cluster is full -> exit 6, and that it can be gone on with', async () => {
  await asked('backup', dir);
  nodes.failures.push(FULL);
  const { code, stdout, stderr } = await asked('restore', dir);
  assert.equal([code, stdout], [6, '']);
  assert.match(stderr, /the disk of an owner is full; .*run it again, with --resume/);
  const unfinished = () => nodes.backends.filter((each) => each.restoreBegunAt() !== undefined);
  assert.is(unfinished().length, 3, 'it does not look whole');
  assert.is((await asked('restore', dir, '--resume')).code, 0);
  assert.is(unfinished().length, 0);
  assert.equal(Object.fromEntries([...nodes.restored].sort()), NEWEST);
});

test('fewer keys than in the backup at the end -> exit 6', async () => {
  await asked('backup', dir);
  nodes.more = -2;
  const { code, stderr } = await asked('restore', dir);
  assert.is(code, 6);
  assert.match(stderr, /2 keys there hold a value, and in the backup 4/);
});

test('more keys than in the backup -> done, and told', async () => {
  await asked('backup', dir);
  nodes.more = 2;
  const { code, stderr } = await asked('restore', dir);
  assert.equal([code, stderr], [0, 'quorate: the cluster holds 2 values more: somebody writes\n']);
});

test('a member does not answer, or owners are changing -> nothing is stored', async () => {
  await asked('backup', dir);
  const { current } = nodes.backends[0]!;
  nodes.adopt({ ...current!, transition: { members: current!.members, layout: current!.layout } });
  for (const verb of [
    ['backup', `${dir}2`],
    ['restore', dir],
  ]) {
    const { code, stderr } = await asked(...verb);
    assert.is(code, 1);
    assert.match(stderr, 'the owners of partitions are changing');
  }
  nodes.adopt(current!);
  await nodes.stop(2);
  const { code, stderr } = await asked('restore', dir);
  assert.is(code, 3);
  assert.match(stderr, `no node answers: ${nodes.addresses[2]}`);
  assert.is(nodes.restored.size, 0);
});

test.run();
