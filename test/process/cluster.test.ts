/** Three real nodes that work as one, and five that the cluster script starts and stops. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.js';
import { codeOf, HttpClient } from '../support/http/http-client.js';
import { Child } from '../support/processes/child.js';
import { freePorts } from '../support/processes/ports.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const EARLY_KEYS = 200;
const BINARY = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const test = suite('cluster', { limitMs: 60_000 });
let cluster: ProcessCluster;

test.before(async () => {
  cluster = await ProcessCluster.start(1);
});

test.after(async () => {
  await cluster?.close();
});

/** Every way to write by one node and read by another. */
function pairs(): { writer: HttpClient; reader: HttpClient; name: string }[] {
  const clients = cluster.nodes.map((node) => node.client);
  return clients.flatMap((writer, w) =>
    clients.map((reader, r) => ({ writer, reader, name: `${w}-${r}` })),
  );
}

test('keys written before others join -> readable through every node, held by each', async () => {
  const [founder] = cluster.nodes;
  const keys = Array.from({ length: EARLY_KEYS }, (_, i) => `/kv/early-${i}`);
  for (const key of keys) assert.is((await founder!.client.put(key, key)).status, 204);

  await cluster.add(2);
  const ring = await cluster.stable();

  assert.is(ring.members.length, 3);
  for (const owners of ring.owners) assert.is(new Set(owners).size, 3);
  for (const { client } of cluster.nodes) {
    for (const level of ['quorum', 'one']) {
      const reads = keys.map((key) => client.get(`${key}?consistency=${level}`));
      const texts = (await Promise.all(reads)).map(({ text }) => text);
      assert.equal(texts, keys, `port ${client.port}, ${level}`);
    }
  }
});

test('written through one node -> read through any other, byte for byte', async () => {
  for (const { writer, reader, name } of pairs()) {
    const type = `application/x-pair; name="${name}"`;
    const written = await writer.put(`/kv/pair-${name}`, BINARY, { 'Content-Type': type });
    assert.is(written.status, 204);

    const read = await reader.get(`/kv/pair-${name}`);
    assert.is(read.status, 200);
    assert.equal(read.body, BINARY);
    assert.is(read.headers['content-type'], type);
    assert.is(read.headers.etag, written.headers.etag);
    assert.ok(Date.parse(read.headers['last-modified']!) > 0);
  }
});

test('an empty value -> a value, not an absence', async () => {
  for (const { writer, reader, name } of pairs()) {
    await writer.put(`/kv/empty-${name}`, '');
    const read = await reader.get(`/kv/empty-${name}`);
    assert.is(read.status, 200);
    assert.is(read.headers['content-length'], '0');
    assert.is(read.body.length, 0);
  }
});

test('retried with its Idempotency-Key -> made once, through whichever node', async () => {
  for (const level of ['', '?consistency=all', '?consistency=linearizable']) {
    for (const { writer, reader, name } of pairs()) {
      const path = `/kv/retried-${name}-${level.slice(1)}`;
      const headers = { 'Idempotency-Key': `"${name}"` };
      const first = await writer.put(`${path}${level}`, 'a', headers);
      assert.is(first.status, 204);
      const second = await reader.put(`${path}${level}`, 'a', headers);
      assert.equal([second.status, second.headers.etag], [204, first.headers.etag]);
      const other = await reader.put(`${path}${level}`, 'b', headers);
      assert.equal([other.status, codeOf(other)], [422, 'operation_reused']);
      assert.is((await reader.get(path)).text, 'a');
      const later = await reader.put(`${path}${level}`, 'b', { 'Idempotency-Key': 'other' });
      assert.not.equal(later.headers.etag, first.headers.etag);
      assert.is((await writer.get(path)).text, 'b');
    }
  }
});

test('a conditional write is retried with its Idempotency-Key -> 204, not 412', async () => {
  for (const { writer, reader, name } of pairs()) {
    const path = `/kv/retried-condition-${name}`;
    const condition = { 'If-None-Match': '*' };
    const headers = { ...condition, 'Idempotency-Key': name };
    const first = await writer.put(path, 'a', headers);
    const second = await reader.put(path, 'a', headers);
    assert.equal([second.status, second.headers.etag], [204, first.headers.etag]);
    assert.is((await reader.put(path, 'a', condition)).status, 412);
    const match = { 'If-Match': first.headers.etag!, 'Idempotency-Key': 'delete' };
    assert.is((await writer.delete(path, match)).status, 204);
    const late = await reader.put(path, 'a', { ...match, 'Idempotency-Key': name });
    assert.equal([late.status, late.headers.etag], [204, first.headers.etag], 'written over since');
    assert.is((await reader.delete(path, match)).status, 204);
    assert.is((await reader.get(path)).status, 404);
  }
});

test('deleted through one node -> gone at any other, and deletable again', async () => {
  for (const { writer, reader, name } of pairs()) {
    const key = `/kv/deleted-${name}`;
    await reader.put(key, 'here');
    assert.is((await writer.delete(key)).status, 204);
    assert.is((await reader.get(key)).status, 404);
    assert.is((await reader.delete(key)).status, 204);
    assert.is((await writer.put(key, 'again')).status, 204);
    assert.is((await reader.get(key)).text, 'again');
  }
});

test('If-None-Match with the ETag -> 304 without a body until the value changes', async () => {
  for (const { writer, reader, name } of pairs()) {
    const key = `/kv/match-${name}`;
    const etag = (await writer.put(key, 'first')).headers.etag!;
    const same = await reader.get(key, { 'If-None-Match': etag });
    assert.is(same.status, 304);
    assert.is(same.body.length, 0);
    assert.is(same.headers.etag, etag);
    await writer.put(key, 'second');
    assert.is((await reader.get(key, { 'If-None-Match': etag })).text, 'second');
  }
});

test('HEAD -> the headers of GET and no body', async () => {
  for (const { writer, reader, name } of pairs()) {
    await writer.put(`/kv/head-${name}`, BINARY, { 'Content-Type': 'image/x-none' });
    const head = await reader.send('HEAD', `/kv/head-${name}`);
    const get = await reader.get(`/kv/head-${name}`);
    assert.is(head.status, 200);
    assert.is(head.body.length, 0);
    for (const name of ['content-type', 'content-length', 'etag', 'last-modified']) {
      assert.is(head.headers[name], get.headers[name], name);
    }
  }
  const absent = await cluster.nodes[0]!.client.send('HEAD', '/kv/head-nothing');
  assert.is(absent.status, 404);
  assert.is(absent.body.length, 0);
});

test('the seed API -> the same keys through every node', async () => {
  for (const { writer, reader, name } of pairs()) {
    const body = JSON.stringify({ key: `seed/${name}`, value: 'grüße' });
    assert.is((await writer.send('POST', '/s/key', { body })).text, 'OK');
    const { key, value, timestamp } = JSON.parse(
      (await reader.get(`/s/key?key=seed/${name}`)).text,
    );
    assert.equal([key, value], [`seed/${name}`, 'grüße']);
    assert.ok(Number.isInteger(timestamp) && timestamp > 0);
    assert.is((await reader.get(`/kv/seed/${name}`)).text, 'grüße');
    assert.is((await reader.delete(`/s/key?key=seed/${name}`)).text, 'OK');
    assert.is((await writer.get(`/s/key?key=seed/${name}`)).status, 404);
  }
});

test('a value with a time to live -> there until then, and gone at every node', async () => {
  const [first] = cluster.nodes;
  await eventually(async () => {
    // Where a machine is so busy that a second goes by, it is written again.
    assert.is((await first!.client.put('/kv/brief?ttl=1', 'here')).status, 204);
    return (await first!.client.get('/kv/brief')).text === 'here';
  });
  assert.is((await first!.client.put('/kv/long?ttl=3600', 'here')).status, 204);
  for (const { client } of cluster.nodes) {
    await eventually(async () => (await client.get('/kv/brief')).status === 404);
    const local = await client.get('/kv/brief?consistency=one');
    assert.is(local.status, 404);
    assert.is((await client.get('/kv/long')).text, 'here');
  }
});

test('the time that is left -> in answers, in explanations, and at every owner', async () => {
  const [first, second] = cluster.nodes;
  const client = first!.client;
  assert.is((await client.put('/kv/lease?ttl=100', 'here')).status, 204);
  const read = await second!.client.get('/kv/lease');
  assert.ok(isSecondsOf(100, Number(read.headers['x-quorate-ttl'])));
  assert.ok(isSecondsOf(100, JSON.parse((await client.get('/kv/lease?explain=1')).text).ttl));
  const touched = await second!.client.send('POST', '/kv/lease?ttl=3600');
  assert.is(touched.status, 204);
  const after = await client.get('/kv/lease');
  assert.equal([after.text, after.headers.etag], ['here', touched.headers.etag]);
  assert.ok(isSecondsOf(3600, Number(after.headers['x-quorate-ttl'])));
  await eventually(async () => {
    const { owners } = JSON.parse((await client.get('/admin/locate?key=lease')).text);
    return (
      owners.length === 3 && owners.every(({ ttl }: { ttl: number }) => isSecondsOf(3600, ttl))
    );
  });
  await client.put('/kv/lease', 'for ever');
  assert.is((await client.get('/kv/lease')).headers['x-quorate-ttl'], undefined);
  assert.is((await client.send('POST', '/kv/nothing?ttl=60')).status, 404);
});

/** Not more than was given, and most of it. */
function isSecondsOf(ttl: number, left: number): boolean {
  return left > ttl / 2 && left <= ttl;
}

test('touched by many while others write -> every write that was acknowledged stands', async () => {
  const key = '/kv/touched-by-many';
  const clients = cluster.nodes.map(({ client }) => client);
  await clients[0]!.put(`${key}?ttl=600`, '0');
  for (let round = 1; round <= 8; round++) {
    const touches = clients.map((client) => client.send('POST', `${key}?ttl=600`));
    const written = await clients[round % 3]!.put(`${key}?ttl=600`, String(round));
    assert.is(written.status, 204);
    const statuses = (await Promise.all(touches)).map(({ status }) => status);
    assert.ok(
      statuses.every((status) => [204, 503, 504].includes(status)),
      String(statuses),
    );
    assert.is((await clients[(round + 1) % 3]!.get(key)).text, String(round));
  }
});

test('retried after its value has expired -> not 204 for what is gone', async () => {
  for (const [level, condition] of [
    ['', {}],
    ['&consistency=linearizable', {}],
    ['', { 'If-None-Match': '*' }],
  ] as const) {
    const path = `/kv/expired-${level}-${Object.keys(condition).length}`;
    const headers = { 'Idempotency-Key': 'once', ...condition };
    const [one, two, three] = cluster.nodes.map(({ client }) => client);
    const first = await one!.put(`${path}?ttl=1${level}`, 'here', headers);
    assert.is(first.status, 204);
    assert.ok(first.headers.etag, 'it was made, under a version');
    await eventually(async () => (await two!.get(path)).status === 404);
    const again = await three!.put(`${path}?ttl=600${level}`, 'here', headers);
    assert.is(again.status, 204);
    assert.is.not(again.headers.etag, first.headers.etag);
    assert.is((await one!.get(path)).text, 'here');
  }
});

test('all nodes -> one ring, and the owners that locate names hold the key', async () => {
  const ring = await cluster.stable();
  const { etag } = (await cluster.nodes[0]!.client.put('/kv/located', 'x')).headers;
  for (const { client } of cluster.nodes) {
    const status = JSON.parse((await client.get('/admin/status')).text);
    assert.is(status.epoch, ring.epoch);
    assert.is(status.clusterId, ring.clusterId);
    const located = await eventually(async () => {
      const answer = JSON.parse((await client.get('/admin/locate?key=located')).text);
      // The third owner may still be about to store what two have acknowledged.
      const versions = answer.owners.map(({ version }: { version?: string }) => `"${version}"`);
      return versions.every((version: string) => version === etag) && answer;
    });
    const owners = located.owners.map(({ id }: { id: string }) => id);
    assert.equal(owners, ring.owners[located.partition]);
  }
});

test('the cluster script and Ctrl-C -> five nodes, then no process is left', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-script-'));
  const firstPort = await freePorts(5);
  const script = Child.ofScript('src/cli/commands/cluster.js', ['5', String(firstPort)], {
    cwd: folder,
  });
  const clients = Array.from({ length: 5 }, (_, i) => new HttpClient(firstPort + i));
  try {
    await script.said(/^All 5 are up/m);
    assert.is((await clients[0]!.put('/kv/greeting', 'hello')).status, 204);
    for (const client of clients) {
      assert.is((await client.get('/kv/greeting')).text, 'hello');
    }
    const pids = [...script.stdout.matchAll(/pid (\d+), log (data\/\d+\.log)$/gm)];
    assert.is(pids.length, 5);
    if (process.platform === 'linux') {
      const all = [String(script.pid), ...pids.map(([, pid]) => pid!)];
      assert.equal(all.sort(), processesIn(folder).sort());
    }
    for (const [, , log] of pids) {
      assert.match(readFileSync(join(folder, log!), 'utf8'), /^ready in /m);
    }
    // As it comes through npm: from the terminal, and from npm.
    script.signal('SIGINT');
    script.signal('SIGINT');
    const exit = await script.exited;
    assert.equal(exit, { code: 0, signal: null }, script.stderr);
    for (const client of clients) {
      const refused = await client.get('/health/live').catch((error) => error.code);
      assert.is(refused, 'ECONNREFUSED');
    }
    assert.equal(processesIn(folder), []);
  } finally {
    script.signal('SIGKILL');
    for (const client of clients) client.close();
    for (const pid of processesIn(folder)) process.kill(Number(pid), 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The processes whose working directory it is; none where there is no /proc to ask. */
function processesIn(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      // It ended in the meantime, or belongs to another user.
      return false;
    }
  });
}

test.run();
