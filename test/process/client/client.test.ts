/** The client at real nodes: one is killed while it works, and another one joins. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { type Client, connect, QuorateError } from '../../../src/client/connect.js';
import { eventually } from '../../support/eventually.js';
import { Child } from '../../support/processes/child.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('the client at real nodes');
const WORKERS = 16;

let cluster: ProcessCluster;
let client: Client;

test.before(async () => {
  cluster = await ProcessCluster.start(3);
  const nodes = cluster.nodes.map(({ address }) => address);
  client = await connect({ nodes });
});

test.after(async () => {
  await client?.close();
  await cluster?.close();
});

/** Of each key the last number that was acknowledged, and whether a later one may be there. */
interface Written {
  acknowledged: number;
  isUnknown: boolean;
}

test('values of every kind -> back as they were, by REST as well', async () => {
  const large = Buffer.alloc(1 << 20, 'large');
  await client.put('large', large);
  assert.ok((await client.get('large'))?.value.equals(large));
  const { etag } = await client.put('é/..', 'text', { ttl: 100 });
  const rest = await cluster.clients[1]!.get('/kv/%C3%A9%2F..');
  assert.equal([rest.text, rest.headers.etag], ['text', etag]);
  await client.put('é/..', 'other', { ifMatch: etag });
  await client.delete('é/..');
  assert.is(await client.get('é/..'), undefined);
});

test('the lines of docs/client.md -> run as they stand there', async () => {
  const [, lines = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync('docs/client.md', 'utf8'))!;
  const code = lines.replace('127.0.0.1:8080', cluster.nodes[0]!.address);
  const child = new Child(process.execPath, ['--input-type=module', '--eval', code]);
  assert.equal(await child.exited, { code: 0, signal: null }, child.stderr);
  assert.match(child.stdout, /^hello "[0-9a-f.]+"$/m);
});

test('a counter that all change on its ETag -> every change counts', async () => {
  const WRITERS = 8;
  const EACH = 5;
  await client.put('counter', '0', { ifAbsent: true });
  const count = async () => {
    for (let done = 0; done < EACH; ) {
      const found = await client.get('counter', { level: 'linearizable' });
      const next = String(Number(found?.text()) + 1);
      try {
        await client.put('counter', next, { ifMatch: found?.etag ?? '' });
        done++;
      } catch (error) {
        if ((error as QuorateError).code !== 'precondition_failed') throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, count));
  const found = await client.get('counter', { level: 'linearizable' });
  assert.is(found?.text(), String(WRITERS * EACH));
});

test('a node is killed -> nothing acknowledged is lost, refusals say what they are', async () => {
  const keys = Array.from({ length: WORKERS }, (_, i) => `key-${i}`);
  const states = new Map<string, Written>(
    keys.map((key) => [key, { acknowledged: 0, isUnknown: false }]),
  );
  const problems: QuorateError[] = [];
  let isOver = false;
  let acknowledged = 0;
  const work = async (key: string) => {
    const state = states.get(key)!;
    for (let n = 1; !isOver; n++) {
      try {
        await client.put(key, String(n));
        Object.assign(state, { acknowledged: n, isUnknown: false });
        acknowledged++;
        const found = Number((await client.get(key))?.text());
        assert.is(found, n, `${key} is read behind its write`);
      } catch (error) {
        if (!(error instanceof QuorateError)) throw error;
        problems.push(error);
        if (error.applied === 'unknown') state.isUnknown = true;
      }
      // The counts of others go on as well.
      await new Promise(setImmediate);
    }
  };
  const working = Promise.all(keys.map(work));
  await eventually(() => acknowledged > 20 * WORKERS);
  await cluster.nodes[2]!.kill();
  const before = acknowledged;
  await eventually(() => acknowledged > before + 20 * WORKERS);
  isOver = true;
  await working;
  for (const [key, state] of states) {
    const found = Number((await client.get(key))?.text());
    if (state.isUnknown) assert.ok(found >= state.acknowledged, key);
    else assert.is(found, state.acknowledged, key);
  }
  for (const { code, applied, message } of problems) {
    assert.ok(message.length > 0 && code !== '');
    assert.ok(applied === 'no' || applied === 'unknown' || applied === undefined);
  }
  await cluster.nodes[2]!.start();
});

test('a node joins -> the client learns the ring, and asks it', async () => {
  const before = client.epoch;
  await cluster.add();
  const ring = await cluster.stable();
  await eventually(async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => client.put(`later-${i}`, 'v')));
    return client.epoch === ring.epoch;
  });
  assert.ok(ring.epoch > before);
  const joined = cluster.nodes[3]!;
  await eventually(async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => client.get(`later-${i}`)));
    const metrics = await joined.client.get('/metrics');
    const gets = /^quorate_requests_total\{operation="get",level="quorum",outcome="ok"\} (\d+)/m;
    return Number(gets.exec(metrics.text)?.[1]) > 0;
  });
});

test('a node stops -> its operations are ended or taken by others, none is refused', async () => {
  let isOver = false;
  const work = async (key: string) => {
    while (!isOver) await client.put(key, 'v');
  };
  const working = Promise.all(Array.from({ length: WORKERS }, (_, i) => work(`stop-${i}`)));
  const { code } = await cluster.nodes[1]!.stop();
  assert.is(code, 0);
  isOver = true;
  await working;
});

test.run();
