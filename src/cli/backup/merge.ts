/**
 * Of several files, each in the order of its keys, the newest record of every key, in that order:
 * each is read once, and what is held of it is one piece. (Knuth, TAOCP 3, 5.4.1.)
 */
import type { EncodedRecord } from '../../core/data/record.js';
import { versionBytes } from '../../core/data/version-bytes.js';
import type { Entry } from './node-file.js';

/** A source may have a key more than once. */
export function* newestOf(sources: readonly Iterator<Entry>[]): Generator<EncodedRecord, void> {
  const heads = new Map<Iterator<Entry>, Entry>();
  const advance = (source: Iterator<Entry>) => {
    const { done, value } = source.next();
    if (done) heads.delete(source);
    else heads.set(source, value);
  };
  for (const source of sources) advance(source);
  while (heads.size > 0) {
    let first: Entry | undefined;
    for (const head of heads.values()) if (!first || head.key.compare(first.key) < 0) first = head;
    let newest: EncodedRecord | undefined;
    for (const source of [...heads.keys()]) {
      for (let head = heads.get(source); head?.key.equals(first!.key); ) {
        if (!newest || versionBytes(head.record).compare(versionBytes(newest)) > 0) {
          newest = head.record;
        }
        advance(source);
        head = heads.get(source);
      }
    }
    yield newest!;
  }
}
