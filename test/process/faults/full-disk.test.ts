/** A real node whose disk is full: it stores nothing, and serves its clients all the same. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { obstacle } from '../../support/data/obstacle.js';
import { eventually } from '../../support/eventually.js';
import { NodeProcess } from '../../support/processes/node-process.js';
import { freePorts } from '../../support/processes/ports.js';
import { ProcessCluster } from '../../support/processes/process-cluster.js';
import { suite } from '../../support/runner/suite.js';

const KEYS = 20;
/** Left on its disk: less than is reserved. */
const LEFT_BYTES = 512 << 10;

const test = suite('full disk', { limitMs: 90_000 });
const cluster = await ProcessCluster.start(2);
const disk = join(cluster.folder, 'small');
mkdirSync(disk);
const noMount = obstacle('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', disk]);

test.after(async () => {
  if (!noMount) execFileSync('umount', ['-l', disk]);
  await cluster.close();
});

async function isReadOnly({ client }: NodeProcess): Promise<boolean> {
  const { text } = await client.get('/admin/status');
  return (JSON.parse(text) as { store: { readOnly: boolean } }).store.readOnly;
}

const name = 'its clients write, delete and read through it; when there is room it catches up';
if (noMount) test.skip(name, noMount);
else {
  test(name, async () => {
    const [first] = cluster.nodes as [NodeProcess];
    const node = new NodeProcess(await freePorts(1), join(disk, 'data'), [first.address]);
    cluster.nodes.push(node);
    await node.start();
    await cluster.stable();

    const { bavail, bsize } = statfsSync(disk);
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - LEFT_BYTES));
    const keys = Array.from({ length: KEYS }, (_, i) => `/kv/key-${i}`);
    for (const [i, key] of keys.entries()) {
      const level = ['quorum', 'linearizable'][i % 2];
      const written = await node.client.put(`${key}?consistency=${level}`, key);
      assert.is(written.status, 204, written.text);
    }
    assert.ok(await isReadOnly(node));
    assert.not.ok(await isReadOnly(first));
    const all = await node.client.put(`${keys[0]}?consistency=all`, 'x');
    assert.is(all.status, 504, all.text);
    assert.is((await node.client.delete(keys[1]!)).status, 204);
    for (const [i, key] of keys.entries()) {
      const read = await node.client.get(`${key}?consistency=${i % 3 ? 'quorum' : 'linearizable'}`);
      assert.is(read.text === key, i > 1, `${key}: ${read.text}`);
    }

    rmSync(ballast);
    await eventually(async () => !(await isReadOnly(node)));
    const again = await node.client.put(`${keys[0]}?consistency=all`, 'there is room');
    assert.is(again.status, 204, again.text);
    await eventually(async () => {
      const read = await node.client.get(`${keys[2]}?consistency=one`);
      return read.text === keys[2];
    }, 30_000);
  });
}

test.run();
