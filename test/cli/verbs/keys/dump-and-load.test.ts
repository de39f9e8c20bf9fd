/** `quorate dump` and `load`, at the door of a store in memory: what is kept and refused. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Entry, lineOf } from '../../../../src/cli/dump/entry.js';
import { failure } from '../../../../src/core/failures.js';
import { systemClock } from '../../../../src/system.js';
import { ListDoor } from '../../../doors/kv/list-door.js';
import { type Ended, quorate } from '../../../support/cli/quorate.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('quorate: dump and load');
const door = new ListDoor();
const NAMES = ['a', 'a/1', 'a/2', 'b\n\u009b2J', 'c', 'é', '🔑'];
const FUTURE = systemClock.now() + 3_600_000;
const NO_QUORUM = failure('quorum_unavailable', 'too few owners', 'no');

let folder: string;
let file: string;

test.before(async () => {
  await door.open();
  folder = mkdtempSync(join(tmpdir(), 'quorate-dump-'));
  file = join(folder, 'all.ndjson');
});
test.before.each(() => door.renew(...NAMES));
test.after(async () => {
  rmSync(folder, { recursive: true });
  await door.close();
});
test.after.each(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
});

function asked(...words: string[]): Promise<Ended> {
  return quorate(['-n', `127.0.0.1:${door.port}`, ...words]);
}

function linesIn(text: string): (Entry & { readonly keys?: number })[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** As a dump of these; `keys`: how many it says there are. */
function write(entries: readonly Entry[], keys = entries.length): void {
  writeFileSync(file, [...entries, { keys }].map(lineOf).join(''));
}

const texts = (...names: string[]) => names.map((key) => ({ key, value: `new ${key}` }));

test('dump -> every key, over pages and one that is refused, and a last line', async () => {
  door.backend.values.set('bytes', Buffer.from([0xff, 0])).set('empty', '');
  door.backend.failures = { 1: NO_QUORUM };
  door.backend.expiresAt = FUTURE;
  const { code, stdout, stderr } = await asked('dump');
  assert.equal([code, stderr], [0, '']);
  const lines = linesIn(stdout);
  assert.equal(lines.pop(), { keys: 9 });
  assert.equal(
    lines.map(({ key }) => key),
    ['a', 'a/1', 'a/2', 'b\n\u009b2J', 'bytes', 'c', 'empty', 'é', '🔑'],
  );
  const { etag, ...others } = lines.find(({ key }) => key === 'bytes')!;
  assert.type(etag, 'string');
  assert.equal(others, {
    ...{ key: 'bytes', expiresAt: FUTURE },
    ...{ contentType: 'text/plain', base64: '/wA=' },
  });
  assert.is(lines.find(({ key }) => key === 'empty')?.value, '');
  assert.not.ok(stdout.includes('\u009b'), 'nothing that a terminal obeys');
});

test('dump --to -> the whole file or what was there before, and none beside it', async () => {
  writeFileSync(file, 'as before');
  door.backend.failures = { 1: failure('read_only', 'not this time', 'no') };
  const failed = await asked('dump', '--to', file);
  assert.equal([failed.code, failed.stdout], [1, '']);
  assert.is(readFileSync(file, 'utf8'), 'as before');
  door.renew(...NAMES);
  const { code, stdout } = await asked('dump', '--prefix', 'a', '--to', file);
  assert.is(code, 0);
  assert.match(stdout, /^dumped 3 keys, \d+ B to .*all\.ndjson\n$/);
  assert.equal(linesIn(readFileSync(file, 'utf8')).at(-1), { keys: 3 });
  assert.equal(readdirSync(folder), ['all.ndjson']);
  const folderAsFile = await asked('dump', '--to', folder);
  assert.equal([folderAsFile.code, existsSync(`${folder}.part`)], [2, false]);
});

test('dump at nobody -> exit 3 at once', async () => {
  const { code, stdout } = await quorate('dump -n 127.0.0.1:1');
  assert.equal([code, stdout], [3, '']);
});

test('load of a dump -> all as it was; again -> the same', async () => {
  door.backend.values.set('bytes', Buffer.from([0xff, 0])).set('empty', '');
  door.backend.expiresAt = FUTURE;
  await asked('dump', '--to', file);
  const before = new Map([...door.backend.values].map(([key, value]) => [key, Buffer.from(value)]));
  door.renew();
  for (const turn of [1, 2]) {
    const { code, stdout, stderr } = await asked('load', file);
    assert.equal([code, stdout, stderr], [0, '9 stored\n', ''], `${turn}`);
    assert.equal(new Map([...door.backend.values].sort()), new Map([...before].sort()));
  }
  for (const { expiresAt, contentType, operation } of door.backend.writes) {
    assert.equal([expiresAt, contentType], [FUTURE, 'text/plain']);
    assert.ok(operation, 'it may be sent again');
  }
});

test('load --if-absent -> what is there stays', async () => {
  write(texts('a', 'new'));
  const { code, stdout } = await asked('load', file, '--if-absent', '-o', 'json');
  assert.is(code, 0);
  assert.equal(JSON.parse(stdout), { stored: 1, kept: 1, expired: 0, failed: 0 });
  assert.is(String(door.backend.values.get('a')), 'value of a');
  assert.is(String(door.backend.values.get('new')), 'new new');
});

test('load of what has expired -> left out and counted', async () => {
  write([...texts('x'), { key: 'gone', value: '', expiresAt: 1_600_000_000_000 }]);
  const { code, stdout } = await asked('load', file);
  assert.equal([code, stdout], [0, '1 stored, 1 expired\n']);
  assert.is(door.backend.values.has('gone'), false);
});

test('load of a file that is damaged or cut -> which lines, exit 1, nothing stored', async () => {
  writeFileSync(file, `${lineOf(texts('x')[0]!)}{"key":"y"\n${lineOf({ keys: 2 })}`);
  for (const words of [
    ['load', file],
    ['load', file, '--dry-run'],
  ]) {
    const { code, stderr } = await asked(...words);
    assert.is(code, 1);
    assert.match(stderr, /^quorate: line 2: it is not JSON, or was cut$/m);
  }
  writeFileSync(file, lineOf(texts('x')[0]!));
  const { code, stderr } = await asked('load', file);
  assert.is(code, 1);
  assert.match(stderr, /^quorate: line 2: the last line.*cut short$/m);
  assert.match(stderr, /is damaged: nothing was stored$/m);
  assert.equal(door.backend.writes, []);
});

test('load --dry-run of a whole file -> what is in it; no node is asked', async () => {
  write(texts('x', 'y'));
  const { code, stdout } = await quorate(['-n', '127.0.0.1:1', 'load', file, '--dry-run']);
  assert.equal([code, stdout], [0, '2 keys to store, 0 expired; it is whole\n']);
});

test('load of no file -> a sentence; at nobody -> exit 3, nothing stored', async () => {
  const none = await asked('load', join(folder, 'none'));
  assert.is(none.code, 1);
  assert.match(none.stderr, /none cannot be read: ENOENT/);
  write(texts('x'));
  const { code, stderr } = await quorate(['-n', '127.0.0.1:1', 'load', file]);
  assert.is(code, 3);
  assert.match(stderr, /no node answers: .*; nothing was stored before\n$/);
});

test('a line that lacks a quorum for a moment -> sent again, alone, until it is', async () => {
  const { backend } = door;
  let tries = 0;
  backend.stuckBy = NO_QUORUM;
  backend.stuck.add('x');
  backend.onWrite = (key) => {
    if (key === 'x' && ++tries === 3) backend.stuck.delete('x');
  };
  write(texts('w', 'x', 'y'));
  const { code, stdout } = await asked('load', file);
  assert.equal([code, stdout, backend.writes.length], [0, '3 stored\n', 5]);
  const names = backend.writes.filter(({ key }) => key.toString() === 'x');
  assert.equal(new Set(names.map(({ operation }) => operation?.toString())).size, 1);
});

test('a line that is refused for good -> named and counted, the rest stored, exit 1', async () => {
  door.backend.stuck.add('x');
  write(texts('w', 'x', 'y'));
  const { code, stdout, stderr } = await asked('load', file);
  assert.equal([code, stdout], [1, '2 stored, 1 failed\n']);
  assert.is(stderr, 'quorate: line 2: the disk is full\n');
  assert.is(door.backend.writes.length, 3);
});

test('a line that no node will have -> exit 1: the command line made sense', async () => {
  write([{ key: 'x', value: '', expiresAt: 9e15 }, ...texts('y')]);
  const { code, stdout, stderr } = await asked('load', file);
  assert.equal([code, stdout], [1, '1 stored, 1 failed\n']);
  assert.match(stderr, /^quorate: line 1: expiresAt has to be/);
});

test('a key twice -> the later line, also when the first has to be sent again', async () => {
  const { backend } = door;
  backend.stuckBy = NO_QUORUM;
  backend.stuck.add('x');
  backend.onWrite = () => void (backend.writes.length > 1 && backend.stuck.clear());
  const [first, last] = [
    { key: 'x', value: 'first' },
    { key: 'x', value: 'last' },
  ];
  write([first, last]);
  assert.is((await asked('load', file)).code, 0);
  assert.is(String(backend.values.get('x')), 'last');
});

test('the largest values -> in as many batches as that takes', async () => {
  const value = '\u0000'.repeat(1 << 20);
  write(['x', 'y', 'z'].map((key) => ({ key, value })));
  const { code, stdout } = await asked('load', file);
  assert.equal([code, stdout], [0, '3 stored\n']);
  assert.is(door.backend.values.get('z')?.length, 1 << 20);
  assert.is((await asked('dump', '--to', join(folder, 'back'))).code, 0);
});

test.run();
