/** What was deleted long ago goes, at all owners, and nothing of it comes back. */
import { systemClock } from '../../src/system.js';
import { eventually } from '../../test/support/eventually.js';
import { fill } from '../filling.js';
import { cpuMicros } from '../load/cpu.js';
import { dataDirsOf, metric, type Part, startWith, stop, withNodes } from './work.js';

const DAY_MS = 86_400_000;
const REAPED_WITHIN_MS = 1_800_000;
/** Values beside them, which stay. */
const VALUES = 1000;

/** Each of three owners holds as many tombstones as there are keys, and one died in between. */
export const reapedTombstones: Part = ({ keys, valueBytes }, aims) =>
  withNodes(3, [], async (cluster) => {
    const { epoch } = await cluster.stable();
    await stop(cluster);
    const old = { valueBytes, agoMs: 2 * DAY_MS };
    fill(dataDirsOf(cluster), epoch, { ...old, keys, tombstones: true });
    const keyOf = (index: number) => `value-${index}`;
    fill(dataDirsOf(cluster), epoch, { ...old, keys: VALUES, keyOf });
    await startWith(cluster, '--compare-every-ms', '1000');
    const since = systemClock.monotonic();
    const pids = cluster.nodes.map(({ child }) => child.pid);
    const cpuBefore = cpuMicros(pids);
    const { nodes } = cluster;
    await eventually(async () => {
      return (await metric(nodes, 'quorate_store_rows')) === VALUES * nodes.length;
    }, REAPED_WITHIN_MS);
    const seconds = (systemClock.monotonic() - since) / 1000;
    const cpu = (cpuMicros(pids) - cpuBefore) / (keys * nodes.length);
    const [client] = cluster.clients;
    const count = JSON.parse((await client!.get('/kv?count=1&timeout=60000')).text) as {
      count: number;
    };
    if (count.count !== VALUES) throw new Error(`${count.count} keys, not ${VALUES}`);
    console.log(
      `  ${keys} tombstones reaped in ${seconds.toFixed(0)} s, ${cpu.toFixed(0)} µs each`,
    );
    aims.note('keys that came back', count.count - VALUES, 0, 'keys');
  });
