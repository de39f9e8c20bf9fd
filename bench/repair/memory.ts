/**
 * Memory for each key outside SQLite: what a node holds more with many keys than with few, when
 * SQLite's cache is as small as it may be. What was deleted must not count either.
 */
import { pause } from '../../src/system.js';
import { fill, whileStopped } from '../filling.js';
import { residentBytes } from '../load/cpu.js';
import { median } from '../report/ratios.js';
import { dataDirsOf, type Part, withNodes } from './work.js';

const FLAGS = ['--store-cache-mb', '1', '--compare-every-ms', '2000', '--scrub-every-ms', '5000'];
const FEW = 1000;
const MIB = 2 ** 20;
/** Trees are built, all is compared and scrubbed more than once. */
const BUSY_MS = 30_000;
const SAMPLES = 10;

export const memoryPerKey: Part = async ({ keys, valueBytes }, aims) => {
  const few = await heldWith(FEW, valueBytes, false);
  const many = await heldWith(keys, valueBytes, false);
  const deleted = await heldWith(keys, valueBytes, true);
  const mib = [few, many, deleted].map((bytes) => (bytes / MIB).toFixed(1));
  console.log(`  MiB with ${FEW} keys: ${mib[0]}; with ${keys}: ${mib[1]}; deleted: ${mib[2]}`);
  aims.note('bytes for each key outside SQLite', (many - few) / (keys - FEW), 8, 'bytes');
  aims.note('for each deleted key', (deleted - few) / (keys - FEW), 8, 'bytes');
};

/** Resident memory of a node, bytes: the median over all nodes and some time. */
function heldWith(keys: number, valueBytes: number, tombstones: boolean): Promise<number> {
  return withNodes(3, FLAGS, async (cluster) => {
    await whileStopped(cluster, (epoch) => {
      fill(dataDirsOf(cluster), epoch, { keys, valueBytes, tombstones });
    });
    await pause(BUSY_MS);
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      for (const { child } of cluster.nodes) samples.push(residentBytes(child.pid));
      await pause(1000);
    }
    return median(samples);
  });
}
