/** Lists over real nodes, while one of them is killed and the owners change: nothing is missed. */
import * as assert from 'uvu/assert';
import type { HttpClient } from '../../support/http/http-client.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('lists of real nodes', { limitMs: 180_000 });

const KEYS = 10_000;
const BATCH_LINES = 2000;
const LASTING = Array.from(
  { length: KEYS },
  (_, index) => `stays ${String(index).padStart(6, '0')}`,
);
const SEED = 'between';

let cluster: ProcessCluster;

test.before(async () => {
  cluster = await ProcessCluster.start(3);
});
test.after(() => cluster.close());

async function batch(client: HttpClient, lines: readonly object[]): Promise<void> {
  const body = lines.map((line) => JSON.stringify(line)).join('\n');
  const answer = await client.send('POST', '/kv/batch', { body });
  const outcomes = answer.text.trimEnd().split('\n');
  assert.is(outcomes.length, lines.length);
  const bad = outcomes.filter((outcome) => !outcome.includes('"status":204'));
  assert.equal(bad.slice(0, 3), []);
}

interface Page {
  readonly keys: readonly { readonly key: string }[];
  readonly next: string | null;
}

/** The next page, of whoever of these can give it. */
async function page(clients: readonly HttpClient[], query: string, turn: number): Promise<Page> {
  let last = '';
  for (let attempt = 0; attempt < 40; attempt++) {
    const client = clients[(turn + attempt) % clients.length]!;
    const answer = await client.get(`/kv?${query}`).catch((error: Error) => error);
    if (!(answer instanceof Error) && answer.status === 200) return JSON.parse(answer.text) as Page;
    last = answer instanceof Error ? answer.message : answer.text;
  }
  throw new Error(`no node gives ?${query}: ${last}`);
}

/** All keys with the prefix, a page at one node and the next one at another. */
async function walk(prefix: string, between: (pages: number) => Promise<void>): Promise<string[]> {
  const names: string[] = [];
  const query = `prefix=${encodeURIComponent(prefix)}&limit=500`;
  let cursor = '';
  for (let pages = 1; ; pages++) {
    const running = cluster.nodes.filter((node) => node.isRunning);
    const clients = running.map(({ client }) => client);
    const { keys, next } = await page(clients, `${query}${cursor}`, pages);
    names.push(...keys.map(({ key }) => key));
    if (next === null) return names;
    cursor = `&cursor=${next}`;
    await between(pages);
  }
}

test('10,000 keys, in batches -> counted, and listed by every node', async () => {
  const [first] = cluster.clients;
  for (let at = 0; at < KEYS; at += BATCH_LINES) {
    const lines = LASTING.slice(at, at + BATCH_LINES);
    await batch(
      first!,
      lines.map((key) => ({ op: 'put', key, value: key })),
    );
  }
  for (const client of cluster.clients) {
    const counted = await client.get('/kv?count=1&timeout=20000');
    assert.equal(JSON.parse(counted.text), { count: KEYS });
  }
  assert.equal(await walk('stays', async () => undefined), LASTING);
});

test('kill -9 while a list goes on, and back again -> each key once', async () => {
  const [first, , third] = cluster.nodes;
  const names = await walk('stays', async (pages) => {
    if (pages === 5) await third!.kill();
    // What the dead one misses is for reads to find out, when it is back.
    const passing = `stays ${String(pages * 500).padStart(6, '0')} ${SEED}`;
    await batch(first!.client, [{ op: 'put', key: passing, value: 'x' }]);
    if (pages === 12) await third!.start();
  });
  assert.equal(
    names.filter((name) => !name.endsWith(SEED)),
    LASTING,
  );
  assert.is(new Set(names).size, names.length);
});

test('owners change while a list goes on -> each key once; as lines, too', async () => {
  const epochBefore = (await cluster.nodes[0]!.ring())!.epoch;
  let joined: Promise<void> | undefined;
  const names = await walk('stays', async (pages) => {
    if (pages === 3) joined = cluster.add();
    if (pages === 15) await joined;
  });
  await joined;
  assert.equal(
    names.filter((name) => !name.endsWith(SEED)),
    LASTING,
  );
  assert.ok((await cluster.nodes[0]!.ring())!.epoch > epochBefore, 'the ring has changed');
  await cluster.stable();
  const lines = await cluster.clients[3]!.get('/kv?prefix=stays', {
    Accept: 'application/x-ndjson',
  });
  const listed = lines.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(listed.pop(), { next: null });
  const lasting = listed.map(({ key }) => key as string).filter((key) => !key.endsWith(SEED));
  assert.equal(lasting, LASTING);
});

test('deleting by prefix, as often as it takes -> nothing is left', async () => {
  const client = cluster.clients[1]!;
  const query = 'prefix=stays&confirm=stays';
  let deleted = 0;
  for (let cursor = ''; ; ) {
    const answer = JSON.parse((await client.delete(`/kv?${query}${cursor}`)).text);
    assert.is(answer.failed, 0);
    deleted += answer.deleted;
    if (answer.next === null) break;
    cursor = `&cursor=${answer.next}`;
  }
  assert.ok(deleted > KEYS, `${deleted} were deleted`);
  for (const each of cluster.clients) {
    assert.equal(JSON.parse((await each.get('/kv?count=1&timeout=20000')).text), { count: 0 });
  }
});

test.run();
