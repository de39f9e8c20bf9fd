/**
 * `npm run bench:list`: how long a page of keys takes, and a count of all of them, on three nodes
 * that hold a million each.
 */

import { summarize } from '../../src/cli/load/statistics.js';
import { systemClock } from '../../src/system.js';
import { optionsOf } from '../../test/support/command-line.js';
import type { HttpClient } from '../../test/support/http/http-client.js';
import { ProcessCluster } from '../../test/support/processes/process-cluster.js';
import { fill, whileStopped } from '../filling.js';
import { machineFacts } from '../report/machine.js';
import { useScratch } from '../scratch.js';

const LINES = { Accept: 'application/x-ndjson' };
const WARM_UP = 20;

const options = optionsOf({ keys: 1_000_000, pages: 200, 'value-bytes': 100 });
const { keys, pages, 'value-bytes': valueBytes } = options;

useScratch();
const cluster = await ProcessCluster.start(3);
try {
  const dataDirs = cluster.nodes.map(({ dataDir }) => dataDir);
  await whileStopped(cluster, (epoch) => {
    fill(dataDirs, epoch, { keys, valueBytes, keyOf: listedKey });
  });
  const [client] = cluster.clients as [HttpClient];
  console.log(JSON.stringify(machineFacts()));
  console.log(`three nodes, ${keys} keys on each, values of ${valueBytes} bytes`);
  for (const query of ['limit=100', 'limit=100&reverse=1', 'limit=100&values=1', 'limit=1000']) {
    await measure(client, query);
  }
  const [count, countMs] = await timed(() => client.get('/kv?count=1&timeout=60000'));
  console.log(`count: ${JSON.parse(count.text).count} keys in ${countMs.toFixed(0)} ms`);
  const [lines, linesMs] = await timed(() => client.get('/kv', LINES));
  console.log(`lines: ${lines.text.split('\n').length - 2} keys in ${linesMs.toFixed(0)} ms`);
} finally {
  await cluster.close();
}

function listedKey(index: number): string {
  return `user:${String(index).padStart(8, '0')}`;
}

async function measure(client: HttpClient, query: string): Promise<void> {
  const times: number[] = [];
  for (let page = -WARM_UP; page < pages; page++) {
    // Anywhere, and in no order.
    const place = listedKey(Math.abs(page * 7_919_003) % keys);
    const [answer, ms] = await timed(() => client.get(`/kv?after=${place}&${query}`));
    if (answer.status !== 200) throw new Error(answer.text);
    if (page >= 0) times.push(ms);
  }
  const { p50, p90, p99 } = summarize(times);
  const [median, most, nearlyAll] = [p50, p90, p99].map((ms) => `${ms.toFixed(2)} ms`);
  console.log(`${query.padEnd(22)} median ${median}, p90 ${most}, p99 ${nearlyAll}`);
}

async function timed<T>(act: () => Promise<T>): Promise<[T, number]> {
  const since = systemClock.monotonic();
  return [await act(), systemClock.monotonic() - since];
}
