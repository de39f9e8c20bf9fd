/**
 * `node dist/bench/client/run.js --nodes 127.0.0.1:8080 [options]`: the door for programs under a
 * closed loop. So many operations are in flight at a time, PUTs for as long as is said, then GETs
 * of what is there; what an operation takes is from its call to its end, as a program sees it.
 */
import { createHistogram } from 'node:perf_hooks';
import { type Client, connect } from '../../src/client/connect.js';
import { optionsOf, refuse } from '../../test/support/command-line.js';
import { keyText, valueText } from '../work.js';

const options = optionsOf({
  /** `host:port`, separated by commas. */
  nodes: '127.0.0.1:8080',
  /** Operations in flight. */
  clients: 64,
  seconds: 10,
  keys: 100_000,
  'value-bytes': 100,
  /** put, get, or both of them. */
  work: 'both',
  /** Without ids of writes, as a request of REST without `Idempotency-Key`. */
  plain: false,
});
const { clients, seconds, keys, 'value-bytes': valueBytes } = options;
if (!['put', 'get', 'both'].includes(options.work)) refuse('--work is put, get or both');

const LONGEST_MICROS = 600_000_000;
const nodes = options.nodes.split(',');
const client = await connect({ nodes, idempotentWrites: !options.plain });
const texts = Array.from({ length: keys }, (_, key) => keyText(key));
const value = Buffer.from(valueText(0, valueBytes));

interface Result {
  readonly operation: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly failures: { readonly [code: string]: number };
}

async function measure(name: string, ask: (client: Client, key: string) => Promise<unknown>) {
  const histogram = createHistogram({ lowest: 1, highest: LONGEST_MICROS, figures: 3 });
  const failures: { [code: string]: number } = {};
  const end = performance.now() + seconds * 1000;
  const cpuBefore = process.cpuUsage();
  let asked = 0;
  const loop = async () => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      // Over all keys, in no order.
      const key = texts[(asked++ * 7919) % keys]!;
      try {
        await ask(client, key);
        histogram.record(Math.max(1, Math.round((performance.now() - begun) * 1000)));
      } catch (error) {
        const { code = 'unknown' } = error as { code?: string };
        failures[code] = (failures[code] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, loop));
  const { user, system } = process.cpuUsage(cpuBefore);
  const result: Result = {
    operation: name,
    perSecond: Math.round(histogram.count / seconds),
    p50Ms: histogram.percentile(50) / 1000,
    p99Ms: histogram.percentile(99) / 1000,
    cpuMicros: Math.round((user + system) / Math.max(1, histogram.count)),
    failures,
  };
  console.log(JSON.stringify(result));
}

if (options.work !== 'get') await measure('put', (to, key) => to.put(key, value));
if (options.work !== 'put') await measure('get', (to, key) => to.get(key));
await client.close();
