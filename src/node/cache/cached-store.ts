/**
 * A store with its lately used records in memory, in front of its thread: what stands there is
 * answered at once, without a turn to the thread and back.
 *
 * It never tells anything that the store would not have told at some moment since it was asked.
 * The answers of a store come in the order of its questions, and what changes a row is noted here
 * when it is answered, before whoever asked hears of it: so nobody knows of a change before this
 * does. What is written and not yet synced is not there, and what a full disk or a newer version
 * refuses changes nothing.
 *
 * What rots on the disk meanwhile is found by the scrub, not by these reads.
 */
import { type EncodedRecord, recordVersion } from '../../core/data/record.js';
import type { Store, WriteOutcome } from '../../ports.js';
import { RecordCache } from './record-cache.js';

type Asked<M extends keyof Store> = Store[M] extends (...asked: infer A) => unknown ? A : never;

export class CachedStore implements Store {
  readonly #store: Store;
  readonly #cache: RecordCache;
  #isClosed = false;
  readonly counts = { hits: 0, misses: 0 };

  /** `bytes`: of records that are kept in memory. */
  constructor(store: Store, bytes: number) {
    this.#store = store;
    this.#cache = new RecordCache(bytes);
  }

  /** `done` may be called before this returns. */
  read(...[key, done]: Asked<'read'>): void {
    const record = this.#lookUp(key);
    if (record) return done({ kind: 'found', record: Buffer.from(record) });
    this.#store.read(key, (outcome) => {
      if (outcome.kind === 'found') this.#cache.put(outcome.record);
      done(outcome);
    });
  }

  /** `done` may be called before this returns. */
  readVersion(...[key, done]: Asked<'readVersion'>): void {
    const record = this.#lookUp(key);
    if (record) return done({ kind: 'found', version: recordVersion(record) });
    this.#store.readVersion(key, (outcome) => {
      if (outcome.kind === 'found' && outcome.record) this.#cache.put(outcome.record);
      done(outcome);
    });
  }

  #lookUp(key: Uint8Array): EncodedRecord | undefined {
    const record = this.#isClosed ? undefined : this.#cache.get(key);
    this.counts[record ? 'hits' : 'misses']++;
    return record;
  }

  write(...[record, done]: Asked<'write'>): void {
    this.#store.write(record, this.#noting(record, done));
  }

  copy(...[record, done]: Asked<'copy'>): void {
    this.#store.copy(record, this.#noting(record, done));
  }

  #noting(record: EncodedRecord, done: (outcome: WriteOutcome) => void) {
    return (outcome: WriteOutcome) => {
      if (outcome.kind === 'applied' && !outcome.again) this.#cache.put(record);
      done(outcome);
    };
  }

  drop(...[query, done]: Asked<'drop'>): void {
    this.#store.drop(query, (dropped) => {
      // Which keys are in a partition nobody knows here, and partitions seldom go.
      if (!query.only) this.#cache.clear();
      for (const { key } of query.only ?? []) this.#cache.remove(key);
      done(dropped);
    });
  }

  reap(...[query, done]: Asked<'reap'>): void {
    this.#store.reap(query, (removed) => {
      for (const { key } of query.entries) this.#cache.remove(key);
      done(removed);
    });
  }

  readUpTo(...asked: Asked<'readUpTo'>): void {
    this.#store.readUpTo(...asked);
  }

  prepare(...asked: Asked<'prepare'>): void {
    this.#store.prepare(...asked);
  }

  page(...asked: Asked<'page'>): void {
    this.#store.page(...asked);
  }

  inspect(...asked: Asked<'inspect'>): void {
    this.#store.inspect(...asked);
  }

  scan(...asked: Asked<'scan'>): void {
    this.#store.scan(...asked);
  }

  tree(...asked: Asked<'tree'>): void {
    this.#store.tree(...asked);
  }

  ended(...asked: Asked<'ended'>): void {
    this.#store.ended(...asked);
  }

  stay(...asked: Asked<'stay'>): void {
    this.#store.stay(...asked);
  }

  reapedUpTo(...asked: Asked<'reapedUpTo'>): void {
    this.#store.reapedUpTo(...asked);
  }

  sizes(...asked: Asked<'sizes'>): void {
    this.#store.sizes(...asked);
  }

  hint(...asked: Asked<'hint'>): void {
    this.#store.hint(...asked);
  }

  hints(...asked: Asked<'hints'>): void {
    this.#store.hints(...asked);
  }

  hintsBehind(...asked: Asked<'hintsBehind'>): void {
    this.#store.hintsBehind(...asked);
  }

  dropHints(...asked: Asked<'dropHints'>): void {
    this.#store.dropHints(...asked);
  }

  hintSizes(...asked: Asked<'hintSizes'>): void {
    this.#store.hintSizes(...asked);
  }

  setMeta(...asked: Asked<'setMeta'>): void {
    this.#store.setMeta(...asked);
  }

  status(...asked: Asked<'status'>): void {
    this.#store.status(...asked);
  }

  onFailure(...asked: Asked<'onFailure'>): void {
    this.#store.onFailure(...asked);
  }

  meta(name: string): string | undefined {
    return this.#store.meta(name);
  }

  get isFull(): boolean {
    return this.#store.isFull;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#store.close();
  }
}
