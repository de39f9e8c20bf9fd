/**
 * `quorate dump` of three nodes, while clients write and one of them is killed, and `quorate load`
 * into a cluster of other numbers: values, types and expiry are the same there.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Entry, lineOf } from '../../../src/cli/dump/entry.js';
import { systemClock } from '../../../src/system.js';
import { quorate } from '../../support/cli/quorate.js';
import { eventually } from '../../support/eventually.js';
import { Child, type Exit } from '../../support/processes/child.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('quorate: from cluster to cluster', { limitMs: 90_000 });
const SCRIPT = join(import.meta.dirname, '../../../src/cli/quorate.js');
const LARGE = 1 << 20;

let from: ProcessCluster;
let to: ProcessCluster;
let file: string;
let before: Map<string, Entry>;

test.before(async () => {
  from = await ProcessCluster.start(3);
  to = await ProcessCluster.start(1, ['--replicas', '1', '--partitions', '64']);
  file = join(from.folder, 'all.ndjson');
});
test.after(async () => {
  await from.close();
  await to.close();
});

/** What stays, of every kind. */
function entries(): Entry[] {
  const expiresAt = systemClock.now() + 3_600_123;
  const many = Array.from({ length: 3000 }, (_, index) => {
    const key = `many/${String(index).padStart(5, '0')}`;
    return { key, value: `value ${index}`, contentType: 'text/plain' };
  });
  return [
    ...many,
    { key: '__proto__', value: '', contentType: 'application/x-empty' },
    { key: 'a\u0000\n\u009b/../%2F', base64: '/wD+', contentType: 'image/png; q="ü"' },
    { key: '🔑', value: 'é\u2028', contentType: 'text/plain', expiresAt },
    { key: 'large/text', value: '\u0001'.repeat(LARGE), contentType: 'text/plain' },
    {
      ...{ key: 'large/bytes', contentType: 'application/octet-stream', expiresAt },
      base64: Buffer.alloc(LARGE, 0xff).toString('base64'),
    },
  ];
}

/** Without what is another thing in each cluster. */
function byKey(lines: string): Map<string, Entry> {
  const all = lines.trimEnd().split('\n').slice(0, -1);
  const parsed = all.map((line) => JSON.parse(line) as Entry);
  return new Map(parsed.map(({ etag: _, ...entry }) => [entry.key, entry]));
}

async function dumpOf(cluster: ProcessCluster, prefix = ''): Promise<Map<string, Entry>> {
  const node = cluster.nodes.find(({ isRunning }) => isRunning)!.address;
  const { code, stdout, stderr } = await quorate(['-n', node, 'dump', '--prefix', prefix]);
  assert.equal([code, stderr], [0, '']);
  return byKey(stdout);
}

function piped(command: string): Promise<Exit> {
  const [source, target] = [from.nodes[2]!.address, to.nodes[0]!.address];
  const script = command
    .replace('DUMP', `"$0" "$1" -n ${source} dump`)
    .replace('LOAD', `"$0" "$1" -n ${target} load`);
  return new Child('sh', ['-c', script, process.execPath, SCRIPT]).exited;
}

test('dump under writes, and a node is killed -> all that nobody changes, as it was', async () => {
  const all = entries();
  const input = join(from.folder, 'input.ndjson');
  writeFileSync(input, [...all, { keys: all.length }].map(lineOf).join(''));
  const addresses = from.nodes.map(({ address }) => address);
  const loaded = await quorate(['-n', addresses[1]!, 'load', input]);
  assert.equal([loaded.code, loaded.stdout], [0, `${all.length} stored\n`], loaded.stderr);
  let isDumped = false;
  let written = 0;
  const writing = (async () => {
    for (let turn = 0; !isDumped; turn++) {
      const { status } = await from.clients[1]!.put(`/kv/busy/${turn % 50}`, String(turn));
      if (status === 204) written++;
    }
  })();
  const dumping = quorate(['-n', addresses.join(), 'dump', '--to', file]);
  await eventually(() => existsSync(`${file}.part`) && statSync(`${file}.part`).size > 0);
  await from.nodes[0]!.kill();
  const { code, stderr } = await dumping;
  isDumped = true;
  await writing;
  assert.is(code, 0, stderr);
  assert.ok(written > 0);
  before = byKey(readFileSync(file, 'utf8'));
  for (const entry of all) assert.equal(before.get(entry.key), entry, entry.key);
});

test('load of it into one node -> values, types and expiry to the millisecond', async () => {
  const { code, stderr } = await quorate(['-n', to.nodes[0]!.address, 'load', file]);
  assert.equal([code, stderr], [0, '']);
  const held = await dumpOf(to);
  assert.equal([...held.keys()].sort(), [...before.keys()].sort());
  for (const [key, entry] of before) assert.equal(held.get(key), entry, key);
});

test('dump | load -> the same; what is cut in between -> exit 1', async () => {
  assert.is((await to.clients[0]!.delete('/kv/many/00000')).status, 204);
  assert.equal(await piped('DUMP --prefix many/ | LOAD'), { code: 0, signal: null });
  assert.is((await dumpOf(to, 'many/')).size, 3000);
  assert.equal(await piped('DUMP --prefix many/ | head -n 5 | LOAD'), { code: 1, signal: null });
});

test.run();
