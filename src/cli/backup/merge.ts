/**
 * Of several files, each in the order of its keys, the newest record of every key, in that order:
 * each is read once, and what is held of it is one piece. (Knuth, TAOCP 3, 5.4.1.)
 */
import type { EncodedRecord } from '../../core/data/record.js';
import { versionBytes } from '../../core/data/version-bytes.js';
import type { Credibility } from './credibility.js';
import type { Entry } from './node-file.js';

interface Sources {
  /** Of each node. */
  readonly rows: readonly Iterator<Entry>[];
  /** Of all nodes; there may be several of a key. */
  readonly hints: Iterator<Entry>;
}

/** `leftOut`: is told of each key of which there is something newer that is not believed. */
export function* newestOf(
  { rows, hints }: Sources,
  credibility: Pick<Credibility, 'isBelieved'>,
  leftOut: () => void,
): Generator<EncodedRecord, void> {
  const sources = [...rows, hints];
  const heads = new Map<Iterator<Entry>, Entry>();
  const advance = (source: Iterator<Entry>) => {
    const { done, value } = source.next();
    if (done) heads.delete(source);
    else heads.set(source, value);
  };
  const taken = (source: Iterator<Entry>, key: Buffer) => {
    const records: EncodedRecord[] = [];
    for (let head = heads.get(source); head?.key.equals(key); head = heads.get(source)) {
      records.push(head.record);
      advance(source);
    }
    return records;
  };
  for (const source of sources) advance(source);
  while (heads.size > 0) {
    let first: Entry | undefined;
    for (const head of heads.values()) if (!first || head.key.compare(first.key) < 0) first = head;
    const { key } = first!;
    const held = rows.flatMap((source) => taken(source, key));
    const all = [...held, ...taken(hints, key)].sort((a, b) => order(b, a));
    const newest = all.find((record) => {
      const holders = held.filter((other) => order(other, record) >= 0).length;
      return credibility.isBelieved(record, holders);
    });
    if (newest !== all[0]) leftOut();
    if (newest) yield newest;
  }
}

/** Of versions. */
function order(a: EncodedRecord, b: EncodedRecord): number {
  return versionBytes(a).compare(versionBytes(b));
}
