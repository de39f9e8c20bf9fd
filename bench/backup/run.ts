/**
 * `npm run bench:backup`: a backup of three nodes that hold a million keys each, while clients read
 * and write, and its restore into five nodes with five copies. How long each takes, what clients
 * notice of it; and whether everything is there that was acknowledged before, in the same versions.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '../../src/cli/backup/manifest.js';
import { systemClock } from '../../src/system.js';
import { bytesText, countOf } from '../../src/words/figures.js';
import { Stream } from '../../test/sim/world/random.js';
import { optionsOf } from '../../test/support/command-line.js';
import type { HttpClient } from '../../test/support/http/http-client.js';
import { eachKey } from '../../test/support/load/key-set.js';
import { PacedLoad } from '../../test/support/load/paced-load.js';
import { Child } from '../../test/support/processes/child.js';
import { ProcessCluster } from '../../test/support/processes/process-cluster.js';
import { fill, whileStopped } from '../filling.js';
import { machineFacts } from '../report/machine.js';
import { KEY_PREFIX } from '../work.js';

const LINES = { Accept: 'application/x-ndjson' };
/** Before the backup begins, for comparison. */
const USUAL_MS = 20_000;

const options = optionsOf({ keys: 1_000_000, 'value-bytes': 100, rate: 200, 'paced-keys': 1000 });
const { keys, rate, 'value-bytes': valueBytes, 'paced-keys': pacedKeys } = options;

const folder = mkdtempSync(join(tmpdir(), 'quorate-bench-'));
const backup = join(folder, 'backup');
const clusters: ProcessCluster[] = [];
try {
  console.log(JSON.stringify(machineFacts()));
  const from = await started(3);
  const dataDirs = from.nodes.map(({ dataDir }) => dataDir);
  await whileStopped(from, (epoch) => fill(dataDirs, epoch, { keys, valueBytes }));
  console.log(`three nodes, ${countOf(keys, 'key')} on each, ${rate} requests/s`);
  const { load, acknowledged } = await backedUp(from);
  const before = await linesOf(from);
  await from.close();
  const to = await started(5, '--replicas', '5');
  await quorate(to, 'restore', backup);
  await verify(to, { before, acknowledged });
  load.close();
} finally {
  await Promise.all(clusters.map((cluster) => cluster.close()));
  rmSync(folder, { recursive: true, force: true });
}

async function started(count: number, ...args: string[]): Promise<ProcessCluster> {
  const cluster = await ProcessCluster.start(count, args);
  clusters.push(cluster);
  return cluster;
}

/** `acknowledged`: before it began. */
async function backedUp(cluster: ProcessCluster) {
  const random = new Stream(1, 'backup');
  const { ports } = cluster;
  const load = new PacedLoad({ ports, clients: 32, keys: pacedKeys, valueBytes, random });
  await load.fill();
  load.atRate(rate, ports);
  await new Promise((resolve) => systemClock.setTimeout(() => resolve(undefined), USUAL_MS));
  const usual = load.take();
  const acknowledged = load.acknowledged();
  const tookMs = await quorate(cluster, 'backup', backup);
  const meanwhile = load.take();
  await load.pause();
  for (const [name, outcomes] of Object.entries({ usual, meanwhile })) {
    const figures = ['PUT', 'GET'].map((kind) => {
      const [p50, p99] = [0.5, 0.99].map((part) => outcomes.percentileMs(kind, part).toFixed(1));
      return `${kind} p50 ${p50} ms, p99 ${p99} ms`;
    });
    console.log(`${name.padEnd(10)} ${figures.join('; ')}; failed: ${outcomes.badText}`);
  }
  const { nodes } = JSON.parse(readFileSync(join(backup, 'manifest.json'), 'utf8')) as Manifest;
  const bytes = nodes.reduce((sum, node) => sum + node.bytes, 0);
  console.log(`${bytesText(bytes)} in all, ${bytesText((bytes * 1000) / tookMs)}/s`);
  return { load, acknowledged };
}

/** Returns how long it takes, ms. */
async function quorate(cluster: ProcessCluster, ...words: string[]): Promise<number> {
  const since = systemClock.monotonic();
  const addresses = cluster.nodes.map(({ address }) => address).join();
  const child = Child.ofScript('src/cli/quorate.js', ['-n', addresses, ...words]);
  const { code } = await child.exited;
  const tookMs = systemClock.monotonic() - since;
  if (code !== 0) throw new Error(`quorate ${words.join(' ')}: ${code}\n${child.stderr}`);
  console.log(`${words[0]} ${(tookMs / 1000).toFixed(1)} s: ${child.stdout.trim()}`);
  return tookMs;
}

/** Of keys that nobody writes: each with its version. */
async function linesOf(cluster: ProcessCluster): Promise<string[]> {
  const [client] = cluster.clients as [HttpClient];
  const { text } = await client.get(`/kv?prefix=${KEY_PREFIX}`, LINES);
  return text.trimEnd().split('\n');
}

async function verify(
  cluster: ProcessCluster,
  { before, acknowledged }: { before: string[]; acknowledged: ReadonlyMap<string, number> },
): Promise<void> {
  const after = await linesOf(cluster);
  const differing = before.filter((line, index) => line !== after[index]).length;
  if (before.length !== keys + 1 || after.length !== before.length || differing > 0) {
    throw new Error(`${before.length} lines before, ${after.length} after, ${differing} differ`);
  }
  await eachKey([...acknowledged.keys()], cluster.clients, async (key, client) => {
    const { text } = await client.get(`/kv/${key}`);
    const least = acknowledged.get(key) ?? 0;
    if (!(Number.parseInt(text, 10) >= least)) throw new Error(`${key}: ${text}, not ${least}`);
  });
  const versions = `${countOf(keys, 'key')} in the same versions`;
  console.log(`${versions}, ${countOf(acknowledged.size, 'key')} as acknowledged or newer`);
}
