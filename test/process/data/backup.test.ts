/**
 * `quorate backup` of three nodes while clients write, and `quorate restore` into five that keep
 * five copies: what was acknowledged before is there, with version, expiry and deletion.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Ended, quorate } from '../../support/cli/quorate.js';
import { eventually } from '../../support/eventually.js';
import type { HttpClient } from '../../support/http/http-client.js';
import { differingKeys, eachKey, writeKeys, wrongKeys } from '../../support/load/key-set.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('backup', { limitMs: 120_000 });
const KEYS = 600;
const BUSY = 40;
/** Of the first keys: deleted, with an expiry, and written by a round. */
const [DELETED, EXPIRING, CONDITIONAL] = [100, 200, 300];

let from: ProcessCluster;
let to: ProcessCluster;
let folder: string;
let keys: string[];
/** What stood in the ETag, or null of what was deleted. */
let versions: Map<string, string | undefined>;

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-backup-'));
  from = await ProcessCluster.start(3);
  to = await ProcessCluster.start(5, ['--replicas', '5', '--partitions', '32']);
});
test.after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await from?.close();
  await to?.close();
});

function asked(cluster: ProcessCluster, ...words: string[]): Promise<Ended> {
  const running = cluster.nodes.filter(({ isRunning }) => isRunning);
  return quorate(['-n', running.map(({ address }) => address).join(), ...words]);
}

async function versionOf(key: string, client: HttpClient): Promise<string | undefined> {
  const { headers } = await client.get(`/kv/${key}`);
  return headers.etag;
}

async function versionsIn(
  cluster: ProcessCluster,
  keys: readonly string[],
): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  await eachKey(keys, cluster.clients, async (key, client) => {
    found.set(key, await versionOf(key, client));
  });
  return new Map([...found].sort());
}

/** The version of each owner, also of what was deleted. */
async function located(cluster: ProcessCluster, key: string): Promise<(string | undefined)[]> {
  const { text } = await cluster.clients[0]!.get(`/admin/locate?key=${key}`);
  const { owners } = JSON.parse(text) as { owners: { version?: string }[] };
  return owners.map(({ version }) => version);
}

async function expiresAt(cluster: ProcessCluster, key: string): Promise<number> {
  const { text } = await cluster.clients[0]!.get(`/kv?prefix=${key}&values=1&limit=1`);
  return (JSON.parse(text) as { keys: { expiresAt: number }[] }).keys[0]!.expiresAt;
}

/** Counts up in some keys; `acknowledged` is what may not get lost. */
class Counting {
  readonly acknowledged = new Map<string, number>();
  #isOver = false;
  readonly #ended: Promise<unknown>;

  constructor(clients: readonly HttpClient[]) {
    const lanes = Array.from({ length: BUSY }, (_, lane) => this.#count(`busy-${lane}`, clients));
    this.#ended = Promise.all(lanes);
  }

  async #count(key: string, clients: readonly HttpClient[]): Promise<void> {
    for (let n = 1; !this.#isOver; n++) {
      const { status } = await clients[n % clients.length]!.put(`/kv/${key}`, String(n));
      if (status === 204) this.acknowledged.set(key, n);
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }
}

let before: Map<string, number>;

test('backup while clients write -> one file for each node, and a manifest', async () => {
  keys = await writeKeys(from.clients, 'stays', KEYS);
  await eachKey(keys.slice(0, DELETED), from.clients, async (key, client) => {
    assert.is((await client.delete(`/kv/${key}`)).status, 204);
  });
  await eachKey(keys.slice(DELETED, EXPIRING), from.clients, async (key, client) => {
    const { status } = await client.send('POST', `/kv/${key}?ttl=3600`);
    assert.is(status, 204);
  });
  await eachKey(keys.slice(EXPIRING, CONDITIONAL), from.clients, async (key, client) => {
    const { headers, body } = await client.get(`/kv/${key}`);
    const match = { 'If-Match': headers.etag, 'Content-Type': headers['content-type'] };
    assert.is((await client.send('PUT', `/kv/${key}`, { headers: match, body })).status, 204);
  });
  versions = await versionsIn(from, keys);
  const counting = new Counting(from.clients);
  await eventually(() => counting.acknowledged.size === BUSY);
  before = new Map(counting.acknowledged);
  const { code, stdout, stderr } = await asked(from, 'backup', join(folder, 'whole'));
  await counting.stop();
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^backed up 3 nodes, [\d,]+ rows, [\d.]+ \w+ in .*whole\n$/);
  const whole = await asked(to, 'restore', join(folder, 'whole'), '--dry-run', '-o', 'json');
  assert.is(whole.code, 0, whole.stderr);
  const { keys: total, values, tombstones, faults } = JSON.parse(whole.stdout);
  assert.equal([total, tombstones, faults], [KEYS + BUSY, DELETED, 0]);
  assert.is(values, KEYS + BUSY - DELETED);
});

test('restored into five nodes, five copies, fewer partitions -> all as it was', async () => {
  const { code, stdout, stderr } = await asked(to, 'restore', join(folder, 'whole'));
  assert.equal([code, stderr], [0, '']);
  assert.match(stdout, /^restored 640 keys: 540 with values, 0 expired, 100 deleted\n$/);
  assert.equal(await versionsIn(to, keys), versions);
  const held = keys.slice(DELETED);
  assert.equal(await wrongKeys(to.clients, held), []);
  for (const [key, number] of before) {
    const { text } = await to.clients[2]!.get(`/kv/${key}`);
    assert.ok(Number(text) >= number, `${key} is ${text}, and ${number} was acknowledged`);
  }
  for (const key of [...keys.slice(0, 5), keys[DELETED]!]) {
    const [version] = await located(from, key);
    assert.equal(await located(to, key), Array(5).fill(version), key);
  }
  const expiring = keys[DELETED]!;
  assert.is(await expiresAt(to, expiring), await expiresAt(from, expiring));
  assert.equal(await differingKeys(to.clients, keys), []);
});

test('a write after it -> is newer; and a second restore changes nothing of it', async () => {
  const [key] = [keys.at(-1)!];
  assert.is((await to.clients[1]!.put(`/kv/${key}`, 'new')).status, 204);
  const refused = await asked(to, 'restore', join(folder, 'whole'));
  assert.is(refused.code, 1);
  assert.match(refused.stderr, /the cluster is not empty: .* holds [\d,]+ rows.*--resume/);
  const { code, stderr } = await asked(to, 'restore', join(folder, 'whole'), '--resume');
  assert.equal([code, stderr], [0, '']);
  assert.is((await to.clients[3]!.get(`/kv/${key}`)).text, 'new');
});

test('a restore is cut short -> no node looks whole till it is gone on with', async () => {
  const [first, second] = to.nodes as [NodeProcess, NodeProcess];
  const mark = (state: string) => to.clients[0]!.send('POST', `/admin/restore?state=${state}`);
  const readiness = '/health/ready';
  assert.is((await to.clients[0]!.get(readiness)).status, 200);
  assert.is((await mark('begun')).status, 200);
  await first.kill();
  await first.start();
  const { status, text } = await to.clients[0]!.get(readiness);
  assert.is(status, 503);
  assert.match(JSON.parse(text).detail, /a restore that began at .* has not ended/);
  assert.is((await to.clients[1]!.get(readiness)).status, 200, second.address);
  const shown = await asked(to, 'status', '--node', first.address);
  assert.match(shown.stdout, /a restore that began at .* has not ended: keys may be missing/);
  const { code, stderr } = await asked(to, 'restore', join(folder, 'whole'), '--resume');
  assert.equal([code, stderr], [0, '']);
  assert.is((await to.clients[0]!.get(readiness)).status, 200);
});

test('a node is away -> a backup all the same; two are -> only a partial one', async () => {
  const [first, second] = from.nodes as [NodeProcess, NodeProcess];
  await first.kill();
  const without = await asked(from, 'backup', join(folder, 'without'));
  assert.is(without.code, 0, without.stderr);
  assert.match(without.stderr, new RegExp(`without ${first.address}: nobody listens there`));
  await second.kill();
  const refused = await asked(from, 'backup', join(folder, 'part'));
  assert.equal([refused.code, refused.stdout], [4, '']);
  assert.match(refused.stderr, /of 256 partitions too few owners are left.*--partial/);
  const partial = await asked(from, 'backup', join(folder, 'part'), '--partial');
  assert.is(partial.code, 0, partial.stderr);
  assert.match(partial.stderr, /ACKNOWLEDGED WRITES MAY BE MISSING/);
  const loud = await asked(to, 'restore', join(folder, 'part'), '--resume');
  assert.is(loud.code, 1);
  assert.match(loud.stderr, /--partial restores what there is/);
});

test.run();
