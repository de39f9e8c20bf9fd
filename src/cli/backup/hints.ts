/**
 * The hints of several files in the order of their keys. In a file there is no order among them,
 * and there may be more than fit in memory: the first so many keys are looked for, then those
 * behind them, with the hints of all files read once for each time. Nearly always that is once.
 */
import { type Entry, entriesIn } from './node-file.js';

const HELD_BYTES = 128 << 20;

export function* hintsIn(paths: readonly string[], heldBytes = HELD_BYTES): Generator<Entry, void> {
  let after: Buffer | undefined;
  do {
    const { entries, last } = firstBehind(after, paths, heldBytes);
    yield* entries;
    after = last;
  } while (after);
}

/** In order, as many as that, and all of the last key; which is undefined if there are no more. */
function firstBehind(after: Buffer | undefined, paths: readonly string[], heldBytes: number) {
  let entries: Entry[] = [];
  let bytes = 0;
  let last: Buffer | undefined;
  const cut = () => {
    entries.sort((a, b) => a.key.compare(b.key));
    let room = heldBytes;
    const beyond = entries.find((each) => {
      room -= bytesOf(each);
      return room < 0;
    });
    if (!beyond) return;
    last = beyond.key;
    entries = entries.filter(({ key }) => key.compare(beyond.key) <= 0);
    bytes = entries.reduce((sum, each) => sum + bytesOf(each), 0);
  };
  const see = ({ key, record }: Entry) => {
    if (after && key.compare(after) <= 0) return;
    if (last && key.compare(last) > 0) return;
    // Copies: slices would keep all that was read with them.
    const copy = { key: Buffer.from(key), record: Buffer.from(record) };
    entries.push(copy);
    bytes += bytesOf(copy);
    if (bytes > 2 * heldBytes) cut();
  };
  for (const path of paths) for (const entry of entriesIn(path, 'hints')) see(entry);
  cut();
  return { entries, last };
}

function bytesOf({ key, record }: Entry): number {
  return key.length + record.length;
}
