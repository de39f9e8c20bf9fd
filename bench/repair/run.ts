/**
 * `npm run bench:repair`: what it costs that copies stay equal and that what was deleted stays so,
 * against what is aimed at. A wrong value ends it; an aim that is missed is said.
 */
import { cpus } from 'node:os';
import { systemClock } from '../../src/system.js';
import { optionsOf, refuse } from '../../test/support/command-line.js';
import { machineFacts, saveJson } from '../report/machine.js';
import { useScratch } from '../scratch.js';
import { Aims } from './aims.js';
import { equalOwners, fewDiffer, manyDiffer } from './compare.js';
import { flippedBytes } from './flips.js';
import { memoryPerKey } from './memory.js';
import { reapedTombstones } from './tombstones.js';

const PARTS = {
  equal: equalOwners,
  few: fewDiffer,
  many: manyDiffer,
  tombstones: reapedTombstones,
  flips: flippedBytes,
  memory: memoryPerKey,
};
type Part = keyof typeof PARTS;

const options = optionsOf({
  /** Of what is measured. */
  parts: Object.keys(PARTS).join(),
  /** Held by each node. */
  keys: 1_000_000,
  /** Of these missing at one owner. */
  few: 1000,
  many: 100_000,
  flips: 10_000,
  'value-bytes': 100,
  /** Requests a second while copies are repaired. */
  rate: 200,
  /** Of the file with results. */
  name: 'repair',
});
if (process.platform !== 'linux') refuse('processor time is read from /proc: this needs Linux');
const { name, parts, 'value-bytes': valueBytes, ...counts } = options;
const chosen = parts.split(',') as Part[];
if (!chosen.every((part) => part in PARTS)) refuse(`--parts are of ${Object.keys(PARTS)}`);

useScratch();
const machine = machineFacts();
const work = { ...counts, valueBytes };
console.log(`${work.keys} keys, values of ${valueBytes} bytes, ${cpus().length} cores`);
const aims = new Aims();
for (const part of chosen) {
  const since = systemClock.monotonic();
  console.log(`\n${part}`);
  await PARTS[part](work, aims);
  console.log(`  (${((systemClock.monotonic() - since) / 1000).toFixed(0)} s)`);
}
const date = new Date().toISOString();
console.log(`\nsaved as ${saveJson(name, { date, machine, work, aims: aims.all })}`);
process.exit();
