/**
 * Bytes that a disk has changed, anywhere in the database and its log, while a node was down: it
 * never says a wrong value, and in the end holds all again; at the worst by `--rebuild`.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Stream } from '../../test/sim/world/random.js';
import { eventually } from '../../test/support/eventually.js';
import type { NodeProcess } from '../../test/support/processes/node-process.js';
import type { ProcessCluster } from '../../test/support/processes/process-cluster.js';
import { fill, whileStopped } from '../filling.js';
import { keyText, valueText } from '../work.js';
import { dataDirsOf, metric, type Part, withNodes } from './work.js';

const HEALED_WITHIN_MS = 900_000;
const READS = 20_000;
const AT_A_TIME = 16;
const FLAGS = ['--scrub-every-ms', '20000', '--compare-every-ms', '5000'];

export const flippedBytes: Part = ({ keys, flips, valueBytes }, aims) =>
  withNodes(3, FLAGS, async (cluster) => {
    await whileStopped(cluster, (epoch) => {
      fill(dataDirsOf(cluster), epoch, { keys, valueBytes });
    });
    const node = cluster.nodes.at(-1)!;
    // What was just written is in the log.
    for (let index = 0; index < 1000; index++) {
      await node.client.put(`/kv/${keyText(index)}`, valueText(index, valueBytes));
    }
    await node.kill();
    const flipped = flip(node, flips);
    console.log(`  ${flipped} bytes changed`);
    const how = await startAgain(node);
    const reads = await readAll(cluster, node, keys, valueBytes);
    console.log(`  ${how}; ${reads.right} reads right, ${reads.refused} refused`);
    aims.note('wrong values served', reads.wrong.length, 0, 'values');
    if (reads.wrong.length > 0) throw new Error(reads.wrong.slice(0, 5).join('\n'));
    await eventually(async () => {
      const rows = await metric([node], 'quorate_store_rows');
      const healed = await readAll(cluster, node, keys, valueBytes);
      return rows >= keys && healed.right === healed.all;
    }, HEALED_WITHIN_MS);
    const [damaged, healed] = [
      await metric([node], 'quorate_scrub_damaged_total'),
      await metric([node], 'quorate_scrub_healed_total'),
    ];
    console.log(`  all is there again; the scrub found ${damaged} rows and healed ${healed}`);
  });

/** One bit of each of so many bytes, spread over database and log by their sizes. */
function flip({ dataDir }: NodeProcess, count: number): number {
  const random = new Stream(1, 'flips');
  const files = ['quorate.db', 'quorate.db-wal'].map((name) => join(dataDir, name));
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let flipped = 0;
  for (const [index, file] of files.entries()) {
    const share = Math.round((count * sizes[index]!) / total);
    if (share === 0) continue;
    const handle = openSync(file, 'r+');
    const byte = Buffer.alloc(1);
    for (let i = 0; i < share; i++) {
      const at = random.whole(0, sizes[index]! - 1);
      readSync(handle, byte, 0, 1, at);
      byte[0]! ^= 1 << random.whole(0, 7);
      writeSync(handle, byte, 0, 1, at);
      flipped++;
    }
    closeSync(handle);
  }
  return flipped;
}

let starting: Promise<string> | undefined;
let rebuilds = 0;

/** Whoever finds it stopped waits for the same start. */
function startAgain(node: NodeProcess): Promise<string> {
  starting ??= startOnce(node).finally(() => {
    starting = undefined;
  });
  return starting;
}

/** As an operator would: as it is, and if it refuses, with what it says helps. */
async function startOnce(node: NodeProcess): Promise<string> {
  node.launch();
  const refused = await node.child.said(/^ready in /m).then(
    () => undefined,
    () => node.child.stderr.trim(),
  );
  if (refused === undefined) return 'it starts as it is';
  console.log(`  ${refused.split('\n').at(-1)}`);
  node.launch(['--rebuild', `damaged-${++rebuilds}`]);
  await node.child.said(/^ready in /m);
  return 'it starts by --rebuild';
}

interface Reads {
  readonly all: number;
  right: number;
  /** Errors, and connections that broke: no answer is no wrong one. */
  refused: number;
  readonly wrong: string[];
}

/** Some of all keys at the damaged node; one that has stopped is started again. */
async function readAll(
  cluster: ProcessCluster,
  node: NodeProcess,
  keys: number,
  valueBytes: number,
): Promise<Reads> {
  const step = Math.max(1, Math.floor(keys / READS));
  const indexes = Array.from({ length: Math.floor(keys / step) }, (_, at) => at * step).values();
  const reads: Reads = { all: Math.floor(keys / step), right: 0, refused: 0, wrong: [] };
  const lane = async () => {
    for (const index of indexes) {
      if (!node.isRunning) await startAgain(node);
      try {
        const { status, text } = await node.client.get(`/kv/${keyText(index)}`);
        if (status === 200 && text === valueText(index, valueBytes)) reads.right++;
        else if (status >= 500) reads.refused++;
        else reads.wrong.push(`${keyText(index)}: ${status} ${text.slice(0, 100)}`);
      } catch {
        reads.refused++;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  await cluster.stable();
  return reads;
}
