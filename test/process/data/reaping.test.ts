/** Real nodes on which a day goes by: what was deleted goes for good, once every owner is there. */
import * as assert from 'uvu/assert';
import { eventually } from '../../support/eventually.js';
import type { NodeProcess } from '../../support/processes/node-process.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { ShiftedClocks } from '../../support/processes/shifted-clocks.js';
import { suite } from '../../support/runner/suite.js';

const DAY_MS = 24 * 3_600_000;
const test = suite('reaping of real nodes', { limitMs: 90_000 });
let clocks: ShiftedClocks;
let cluster: ProcessCluster;

test.before(async () => {
  clocks = await ShiftedClocks.of(3);
  cluster = await ProcessCluster.start(3, ['--compare-every-ms', '300'], clocks.places);
});

test.after(async () => {
  await cluster?.close();
  await clocks?.close();
});

interface Status {
  readonly id: string;
  readonly store: { readonly rows: number };
  readonly transfer: {
    readonly tombstones: { rows: number; forMs: number; because: { [reason: string]: number } };
  };
}

async function statusOf({ client }: NodeProcess): Promise<Status> {
  return JSON.parse((await client.get('/admin/status')).text);
}

const names = (kind: string) => Array.from({ length: 20 }, (_, n) => `${kind}-${n}`);

test('deleted, or expired, a day ago -> gone from every disk, once all are there', async () => {
  const [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const { client } = first;
  const is = async (status: number, answer: Promise<{ status: number; text: string }>) => {
    const { status: got, text } = await answer;
    assert.is(got, status, text);
  };
  for (const key of [...names('kept'), ...names('deleted')]) {
    await is(204, client.put(`/kv/${key}?consistency=all`, key));
  }
  for (const key of names('expired')) {
    await is(204, client.put(`/kv/${key}?consistency=all&ttl=60`, key));
  }
  for (const key of names('deleted')) {
    await is(204, client.delete(`/kv/${key}?consistency=all`));
  }
  assert.is((await statusOf(third)).store.rows, 60, 'a deletion is a row');
  const { id } = await statusOf(third);

  await third.kill();
  await clocks.setAll(DAY_MS + 120_000);
  const held = await eventually(async () => {
    const both = await Promise.all([first, second].map(statusOf));
    const tombstones = both.map(({ transfer }) => transfer.tombstones);
    const because = tombstones.reduce((sum, each) => sum + (each.because[`${id} is away`] ?? 0), 0);
    return because === 40 && both;
  }, 30_000);
  assert.equal(
    held.map(({ store }) => store.rows),
    [60, 60],
  );

  await third.start();
  await eventually(async () => {
    const all = await Promise.all(cluster.nodes.map(statusOf));
    return all.every(({ store }) => store.rows === 20);
  }, 30_000);
  for (const { client: each } of cluster.nodes) {
    for (const key of [...names('deleted'), ...names('expired')]) {
      await is(404, each.get(`/kv/${key}`));
    }
    for (const key of names('kept')) assert.is((await each.get(`/kv/${key}`)).text, key);
  }
  await is(204, client.put('/kv/deleted-0', 'again'));
  assert.is((await second.client.get('/kv/deleted-0')).text, 'again');
});

test.run();
