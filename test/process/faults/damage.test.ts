/** A disk that returns something else than was written: what is said, and the way out it names. */
import { closeSync, openSync, readdirSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { decodeRecord } from '../../../src/core/data/record.js';
import { Database } from '../../../src/store/thread/sqlite.js';
import { eventually } from '../../support/eventually.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const DATA_DIR = 3;
const FAILURE = 1;
const PAGE_BYTES = 4096;
const KEYS = Array.from({ length: 20 }, (_, i) => `key-${i}`);

const textOf = (key: string) => `value of ${key} `.repeat(100);

const test = suite('damage', { limitMs: 120_000 });
let cluster: ProcessCluster;

test.before(async () => {
  cluster = await ProcessCluster.start(3, ['--scrub-every-ms', '1000', '--partitions', '16']);
  const [client] = cluster.clients;
  for (const key of KEYS) {
    assert.is((await client!.put(`/kv/${key}`, textOf(key))).status, 204);
  }
});

test.after(async () => {
  await cluster?.close();
});

/** One line that names the folder, and says what to do about it. */
function assertSaid({ child, dataDir }: NodeProcess, what: RegExp): void {
  const said = child.stderr.trimEnd().split('\n');
  assert.is(said.length, 1, child.stderr);
  assert.ok(said[0]!.startsWith('quorate: ') && said[0]!.includes(dataDir), said[0]);
  assert.match(said[0]!, what);
  assert.match(said[0]!, / start (it )?with --rebuild and a name/);
}

async function endsWith(node: NodeProcess, code: number): Promise<void> {
  assert.equal(await node.child.exited, { code, signal: null }, node.output);
}

const file = (node: NodeProcess) => join(node.dataDir, 'quorate.db');

/** Makes the page that holds a value unreadable. */
function damagePage(node: NodeProcess, key: string): void {
  const at = readFileSync(file(node)).indexOf(`value of ${key} value of`);
  assert.ok(at > 0, `a page that holds ${key}`);
  const handle = openSync(file(node), 'r+');
  writeSync(handle, Buffer.alloc(PAGE_BYTES, 0xff), 0, PAGE_BYTES, at - (at % PAGE_BYTES));
  closeSync(handle);
}

/** One bit of a value. */
function flipIn(node: NodeProcess, key: string): void {
  const db = new Database(file(node));
  const held = db.prepare('SELECT record FROM records WHERE key = ?').pluck();
  const record = held.get(Buffer.from(key)) as Buffer;
  record[record.length - 1]! ^= 1;
  db.prepare('UPDATE records SET record = ? WHERE key = ?').run(record, Buffer.from(key));
  db.close();
}

function valueHeld(node: NodeProcess, key: string): string {
  const db = new Database(file(node), { readonly: true });
  const held = db.prepare('SELECT record FROM records WHERE key = ?').pluck();
  const { value } = decodeRecord(held.get(Buffer.from(key)) as Buffer);
  db.close();
  return value.toString();
}

/** As the sentences say: the database goes aside, and the node comes back as a new member. */
async function assertWayOut(node: NodeProcess, name: string): Promise<void> {
  const { client } = cluster.nodes.find(({ isRunning }) => isRunning)!;
  const before = JSON.parse((await client.get('/admin/ring')).text).members as { id: string }[];
  node.launch(['--rebuild', name]);
  await node.child.said(/^ready in /m);
  const { members } = await cluster.stable();
  assert.is(members.filter(({ id }) => !before.some((each) => each.id === id)).length, 1);
  await eventually(async () => {
    for (const key of KEYS) {
      const { text } = await node.client.get(`/kv/${key}`);
      assert.ok(text.startsWith(`value of ${key} `), key);
    }
    return true;
  });
  assert.ok(readdirSync(join(node.dataDir, name)).includes('quorate.db'));
  // The same once more does nothing more.
  await node.stop();
  node.launch(['--rebuild', name]);
  await node.child.said(/^ready in /m);
  assert.equal((await cluster.stable()).members, members);
}

test('values rot that nobody reads -> healed from the others, and said so', async () => {
  const node = cluster.nodes[2]!;
  await node.stop();
  for (const key of KEYS.slice(0, 5)) flipIn(node, key);
  await node.start();
  await cluster.stable();
  await eventually(async () => {
    const { scrub } = JSON.parse((await node.client.get('/admin/status')).text);
    return scrub.healed === 5;
  });
  assert.match(node.child.stdout, /scrub\.damaged partition=\d+ rows=1/);
  await node.stop();
  for (const key of KEYS) assert.is(valueHeld(node, key), textOf(key));
  await node.start();
  await cluster.stable();
});

test('a page is damaged -> the node ends at it, says what to do, and that works', async () => {
  const node = cluster.nodes[2]!;
  await node.stop();
  damagePage(node, KEYS[0]!);
  node.launch();
  // If it was not found at the start already, then by whoever reads the key.
  await eventually(async () => {
    if (node.isRunning) await node.client.get(`/kv/${KEYS[0]}`);
    return !node.isRunning;
  });
  const { code } = await node.child.exited;
  assert.ok(code === FAILURE || code === DATA_DIR, node.output);
  assertSaid(node, /damaged: .*\(SQLITE_CORRUPT\w*\)/);
  await assertWayOut(node, 'damaged');
});

test('a promise is damaged -> exit 3, and one sentence', async () => {
  const node = cluster.nodes[2]!;
  await node.stop();
  damagePromise(node);
  node.launch();
  await endsWith(node, DATA_DIR);
  assertSaid(node, /damaged: a promise for a key of partition 7 fails its checksum/);
  const misspell = (word: string, as: string) => {
    const again = new Database(file(node));
    again.exec('DELETE FROM promises');
    again.exec(`UPDATE meta SET text = replace(text, '${word}', '${as}')`);
    again.close();
  };
  misspell('incarnation', 'incarnatiom');
  node.launch();
  await endsWith(node, DATA_DIR);
  assertSaid(node, /damaged: its node\.identity fails its checksum/);
  misspell('incarnatiom', 'incarnation');
});

/** So that it does not start. */
function damagePromise(node: NodeProcess): void {
  const db = new Database(file(node));
  db.exec("INSERT INTO promises VALUES (7, x'61', zeroblob(28), 0)");
  db.close();
}

test('the founder is rebuilt, with no --join -> by the ring that it had', async () => {
  const node = cluster.nodes[0]!;
  await cluster.nodes[2]!.start();
  await cluster.stable();
  await node.stop();
  damagePromise(node);
  node.launch();
  await endsWith(node, DATA_DIR);
  await assertWayOut(node, 'founder');
});

test('the database is emptied -> exit 3, nothing is founded, the way out works', async () => {
  const node = cluster.nodes[2]!;
  if (node.isRunning) await node.kill();
  truncateSync(file(node));
  node.launch();
  await endsWith(node, DATA_DIR);
  assertSaid(node, /is gone or empty, and a node lived there/);
  await assertWayOut(node, 'emptied');
});

test.run();
