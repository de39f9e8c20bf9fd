/**
 * What was deleted long ago goes, at all owners, and nothing of it comes back: not from one that
 * was away when it was deleted, nor because one dies meanwhile.
 */
import { systemClock } from '../../src/system.js';
import { eventually } from '../../test/support/eventually.js';
import { fill } from '../filling.js';
import { dataDirsOf, metric, type Part, startWith, stop, withNodes } from './work.js';

const DAY_MS = 86_400_000;
const REAPED_WITHIN_MS = 1_800_000;
/** Values beside them, which stay. */
const VALUES = 1000;
/** Of the tombstones, what the third owner has never heard of: it holds the values. */
const MISSED = 1 / 10;

/**
 * A list that meets a key of which one owner has let go, and another one has not, reads it, and the
 * tombstone is stored once more, as a newer one: it goes a day later.
 */
const STAMPED_ANEW = 100;

export const reapedTombstones: Part = ({ keys, valueBytes }, aims) =>
  withNodes(3, [], async (cluster) => {
    const { epoch } = await cluster.stable();
    await stop(cluster);
    const [first, second, away] = dataDirsOf(cluster) as [string, string, string];
    const deleted = { keys, valueBytes, agoMs: 2 * DAY_MS, tombstones: true };
    fill([first, second], epoch, deleted);
    const missed = keys * MISSED;
    fill([away], epoch, { keys: missed, valueBytes, agoMs: 3 * DAY_MS });
    fill([away], epoch, { ...deleted, keys: keys - missed, from: missed });
    const keyOf = (index: number) => `value-${index}`;
    fill([first, second, away], epoch, { keys: VALUES, valueBytes, agoMs: 2 * DAY_MS, keyOf });
    const flags = ['--compare-every-ms', '1000'];
    await startWith(cluster, ...flags);
    const since = systemClock.monotonic();
    const { nodes, clients } = cluster;
    const rows = () => metric(nodes, 'quorate_store_rows');
    let mostFound = 0;
    const count = async () => {
      const { text } = await clients[0]!.get('/kv?count=1&timeout=60000');
      const found = (JSON.parse(text) as { count?: number }).count;
      if (found !== undefined) mostFound = Math.max(mostFound, found);
      return found;
    };
    await eventually(async () => (await rows()) < 2 * keys, REAPED_WITHIN_MS);
    await count();
    await nodes[1]!.kill();
    nodes[1]!.launch(flags);
    await nodes[1]!.child.said(/^ready in /m);
    await eventually(async () => {
      await count();
      const waiting = await metric(nodes, 'quorate_tombstones_waiting');
      return waiting === 0 && (await rows()) <= (VALUES + STAMPED_ANEW) * nodes.length;
    }, REAPED_WITHIN_MS);
    const seconds = (systemClock.monotonic() - since) / 1000;
    const left = await count();
    if (left !== VALUES) throw new Error(`${left} keys, not ${VALUES}`);
    console.log(
      `  ${keys} tombstones reaped in ${seconds.toFixed(0)} s, the third owner held ` +
        `${missed} values instead, and one died in between`,
    );
    aims.note('keys that came back', mostFound - VALUES, 0, 'keys');
  });
