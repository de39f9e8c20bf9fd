/** A file is there whole or not at all, however whoever writes it ends. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { WholeFile } from '../../../src/cli/dump/whole-file.js';
import { Child } from '../../support/processes/child.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('whole file', { limitMs: 30_000 });
let folder: string;
let path: string;
/** A node that takes what it is asked, and never answers. */
let node: Server;

test.before(async () => {
  node = createServer().listen(0, '127.0.0.1');
  await once(node, 'listening');
});
test.after(() => void node.close());
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-file-'));
  path = join(folder, 'all');
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

test('finished -> in its place; given up -> what was there before', () => {
  writeFileSync(path, 'old');
  const given = new WholeFile(path);
  given.write('half');
  assert.is(readFileSync(path, 'utf8'), 'old');
  given.giveUp();
  const finished = new WholeFile(path);
  finished.write('new');
  finished.finish();
  finished.giveUp();
  assert.equal([readdirSync(folder), readFileSync(path, 'utf8')], [['all'], 'new']);
});

test('somebody writes it already -> refused, and he goes on', () => {
  const first = new WholeFile(path);
  first.write('first');
  assert.throws(() => new WholeFile(path), /all\.part is there: somebody is writing it, or was/);
  first.finish();
  assert.is(readFileSync(path, 'utf8'), 'first');
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} -> nothing half written is left of a dump and a backup`, async () => {
    for (const words of [
      ['dump', '--to', path],
      ['backup', join(folder, 'b')],
    ]) {
      const { port } = node.address() as AddressInfo;
      const child = Child.ofScript('src/cli/quorate.js', ['-n', `127.0.0.1:${port}`, ...words]);
      const [socket] = await once(node, 'connection');
      assert.ok(existsSync(`${path}.part`) || existsSync(join(folder, 'b/manifest.json.part')));
      child.signal(signal);
      assert.is((await child.exited).code, code);
      socket.destroy();
    }
    assert.equal(readdirSync(folder, { recursive: true }), ['b']);
  });
}

test.run();
