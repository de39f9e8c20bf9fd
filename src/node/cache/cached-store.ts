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
 * What rots on the disk is found by the scrub and by whoever needs the row itself, such as a
 * promise. From then on it is read from the disk, so that readers find it, too, and heal it.
 *
 * Copies of what other owners hold are not kept: they come by the thousand when owners change.
 */
import {
  type EncodedRecord,
  isIntactRecord,
  recordKey,
  recordVersion,
} from '../../core/data/record.js';
import type { Store, WriteOutcome } from '../../ports.js';
import { RecordCache } from './record-cache.js';

type Asked<M extends keyof Store> = Store[M] extends (...asked: infer A) => unknown ? A : never;

export class CachedStore implements Store {
  readonly #store: Store;
  readonly #cache: RecordCache;
  #isClosed = false;
  readonly counts = { hits: 0, misses: 0 };

  /** `bytes`: of records that are kept in memory, at most. */
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
    // Memory forgets as well: checked like a row, and read anew if it is not what it was.
    const isIntact = record !== undefined && isIntactRecord(record);
    this.counts[isIntact ? 'hits' : 'misses']++;
    return isIntact ? record : undefined;
  }

  write(...[record, done]: Asked<'write'>): void {
    this.#store.write(record, (outcome) => {
      if (outcome.kind === 'applied' && !outcome.again) this.#cache.put(record);
      else this.#distrust(record, outcome);
      done(outcome);
    });
  }

  copy(...[record, done]: Asked<'copy'>): void {
    this.#store.copy(record, (outcome) => {
      this.#distrust(record, outcome);
      done(outcome);
    });
  }

  /** Held already, in the way, or in the way of nothing that can be read: the disk is to say. */
  #distrust(record: EncodedRecord, { kind }: WriteOutcome): void {
    // What is corrupt need not have a key.
    if (kind !== 'readOnly' && kind !== 'corrupt') this.#cache.remove(recordKey(record));
  }

  prepare(...[key, ballot, done]: Asked<'prepare'>): void {
    this.#store.prepare(key, ballot, (outcome) => {
      if (outcome.kind === 'corrupt') this.#cache.remove(key);
      done(outcome);
    });
  }

  inspect(...[query, done]: Asked<'inspect'>): void {
    this.#store.inspect(query, (inspected) => {
      for (const key of inspected.damaged) this.#cache.remove(key);
      done(inspected);
    });
  }

  drop(...[query, done]: Asked<'drop'>): void {
    this.#store.drop(query, (dropped) => {
      // Which keys are in a partition nobody knows here, and partitions seldom go.
      if (!query.only && dropped) this.#cache.clear();
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

  page(...asked: Asked<'page'>): void {
    this.#store.page(...asked);
  }

  scan(...asked: Asked<'scan'>): void {
    this.#store.scan(...asked);
  }

  tree(...asked: Asked<'tree'>): void {
    this.#store.tree(...asked);
  }

  endedIn(...asked: Asked<'endedIn'>): void {
    this.#store.endedIn(...asked);
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

  /** From then on nothing is answered any more, as of the store. */
  onFailure(...[failed]: Asked<'onFailure'>): void {
    this.#store.onFailure((error) => {
      this.#isClosed = true;
      failed(error);
    });
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
