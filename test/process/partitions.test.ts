/**
 * Three real nodes, each on a host of its own, while links between them are cut. What is printed
 * are measurements; what is asserted are promises.
 */
import * as assert from 'uvu/assert';
import { eventually } from '../support/eventually.js';
import { codeOf } from '../support/http/http-client.js';
import { Network, whyNoNetwork } from '../support/processes/network.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { allSay, Watch } from '../support/processes/views.js';
import { suite } from '../support/runner/suite.js';

const SECRET = ['--cluster-secret', 'of these tests'];
/** Longer than it takes to give up the sockets to a silent peer. */
const ISOLATION_MS = 20_000;

const test = suite('partitions', { limitMs: 90_000 });

function testsOn(network: () => Network, cluster: () => ProcessCluster): void {
  let serial = 0;

  test.before.each(async () => {
    await cluster().stable();
    await new Watch(cluster().nodes).untilOneView();
  });

  test.after.each(() => network().heal());

  /** Each writes a key and all read it; returns the keys. */
  async function work(nodes: readonly NodeProcess[]): Promise<string[]> {
    const keys: string[] = [];
    for (const writer of nodes) {
      const key = `/kv/key-${serial++}`;
      const written = await writer.client.put(key, key);
      assert.is(written.status, 204, written.text);
      for (const reader of nodes) assert.is((await reader.client.get(key)).text, key);
      keys.push(key);
    }
    return keys;
  }

  test('one way between two is cut -> the third vouches for both, and nobody dies', async () => {
    const { nodes } = cluster();
    const [first, second] = nodes as [NodeProcess, NodeProcess, NodeProcess];
    const before = await cluster().stable();
    network().cut(network().hosts[0]!, network().hosts[1]!);
    const watch = new Watch(nodes);
    // Until both have given up their sockets; a suspicion would be a death long before.
    await eventually(async () => {
      await watch.look();
      const [fromFirst, fromSecond] = await Promise.all([first.reachable(), second.reachable()]);
      return !fromFirst.includes(second.address) && !fromSecond.includes(first.address);
    }, 60_000);
    await work(nodes);
    const cutMs = watch.elapsedMs;
    network().heal();
    assert.equal(await cluster().stable(), before);
    console.log(
      `one way cut for ${seconds(cutMs)}, mended ${seconds(watch.elapsedMs - cutMs)} later`,
    );
    for (const node of nodes) {
      const suspected = watch.first('suspect', node).size;
      console.log(`one way cut: ${node.address} was suspect to ${suspected} of 2`);
      assert.is(watch.first('dead', node).size, 0);
    }
  });

  test('one of three is cut off -> two go on, it says 503; healed, all are as before', async () => {
    const { nodes } = cluster();
    const [first, second, lonely] = nodes as [NodeProcess, NodeProcess, NodeProcess];
    const before = await cluster().stable();
    const [known] = await work(nodes);
    network().isolate(network().hosts[2]!);
    const isolation = new Watch(nodes);
    const written: string[] = [];
    await eventually(async () => {
      written.push(...(await work([first, second])));
      const [one, two, three] = await isolation.look();
      const partsAreDead =
        allSay([one!, two!], lonely, 'dead') &&
        allSay([three!], first, 'dead') &&
        allSay([three!], second, 'dead');
      return partsAreDead && isolation.elapsedMs >= ISOLATION_MS;
    }, 60_000);
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await lonely.client.send(
        method,
        known!,
        method === 'PUT' ? { body: 'x' } : {},
      );
      assert.is(answer.status, 503, answer.text);
      assert.is(codeOf(answer), 'quorum_unavailable');
    }
    assert.is((await lonely.client.get(`${known}?consistency=one`)).text, known);

    for (const node of nodes) {
      const times = [...isolation.first('dead', node)].map(([by, ms]) => `${seconds(ms)} (${by})`);
      console.log(`cut off: ${node.address} dead after ${times.join(', ')}`);
    }
    network().heal();
    const healing = new Watch(nodes);
    await healing.untilOneView();
    console.log(`cut off for ${seconds(isolation.elapsedMs - healing.elapsedMs)}`);
    console.log(`healed: one view after ${seconds(healing.elapsedMs)}, ${written.length} keys`);
    assert.equal(await cluster().stable(), before);
    for (const key of [known!, ...written]) assert.is((await lonely.client.get(key)).text, key);
  });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

const obstacle = whyNoNetwork();
if (obstacle) {
  test.skip('links between nodes are cut', obstacle);
} else {
  let network: Network | undefined;
  let cluster: ProcessCluster | undefined;
  test.before(async () => {
    network = await Network.create(3);
    cluster = await ProcessCluster.start(3, SECRET, network.hosts);
  });
  test.after(async () => {
    await cluster?.close();
    await network?.close();
  });
  testsOn(
    () => network!,
    () => cluster!,
  );
}

test.run();
