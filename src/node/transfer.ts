/**
 * Pulls one gained partition: asks so many of its present owners what they hold that no quorum is
 * left among the others, fetches what is newer there than here, and stores it with the versions it
 * had.
 *
 * Why so many: every acknowledged write is on W of the n present owners, so n − W + 1 of them hold
 * all of it between them. And since each has to be in the new epoch to answer, those left behind in
 * the old one are too few to take a write for it (n − W + 1 again), or to answer a read from it
 * (n − R + 1; where R is smaller than W, a read quorum alone would leave enough behind for that).
 */
import { MAX_KEY_BYTES, recordKey } from '../core/record.js';
import { ownersOf } from '../core/ring.js';
import type { NodeId } from '../core/version.js';
import type { Hasher, PageEntry, Store } from '../ports.js';
import type { BodyOf, CallFailure, Calls, ReplyTo, RequestType } from './calls.js';
import type { Rings } from './rings.js';

const CALL_TIMEOUT_MS = 10_000;
const PAGE_KEYS = 1000;
const FETCH_KEYS = 200;
if (PAGE_KEYS * MAX_KEY_BYTES > 16 << 20) throw new Error('a page of keys has to fit a frame');

export class TransferFailed extends Error {}

export interface Pulled {
  readonly records: number;
  readonly bytes: number;
}

export class Transfer {
  readonly #quorum: number;
  readonly #rings: Rings;
  readonly #calls: Calls;
  readonly #store: Store;
  readonly #hasher: Hasher;

  constructor(options: {
    /** The smaller of the read quorum and the write quorum. */
    quorum: number;
    rings: Rings;
    calls: Calls;
    store: Store;
    hasher: Hasher;
  }) {
    this.#quorum = options.quorum;
    this.#rings = options.rings;
    this.#calls = options.calls;
    this.#store = options.store;
    this.#hasher = options.hasher;
  }

  /** Rejects with `TransferFailed` if too few of the present owners answer. */
  async pull(epoch: number, partition: number): Promise<Pulled> {
    const ring = this.#rings.current!;
    const owners = ownersOf(ring, partition).present;
    const needed = owners.length - Math.min(this.#quorum, owners.length) + 1;
    let answered = 0;
    let failure = 'no owner was asked';
    const total = { records: 0, bytes: 0 };
    for (const owner of owners) {
      if (answered === needed) break;
      try {
        const pulled = await this.#pullFrom(owner, epoch, partition);
        total.records += pulled.records;
        total.bytes += pulled.bytes;
        answered++;
      } catch (error) {
        if (!(error instanceof TransferFailed)) throw error;
        failure = error.message;
      }
    }
    if (answered < needed) throw new TransferFailed(failure);
    return total;
  }

  async #pullFrom(owner: NodeId, epoch: number, partition: number): Promise<Pulled> {
    const total = { records: 0, bytes: 0 };
    let after: Buffer | undefined;
    for (let more = true; more; ) {
      const body = { epoch, partition, after, limit: PAGE_KEYS };
      const page = await this.#ask(owner, 'partition.list', body);
      const last = page.entries.at(-1)?.key;
      const ours = await this.#ownPage(partition, after, page.more ? last : undefined);
      const missing = await this.#hasher.missing(ours, page.entries);
      for (let rest = missing; rest.length > 0; ) {
        const keys = rest.slice(0, FETCH_KEYS);
        const { records } = await this.#ask(owner, 'partition.fetch', { epoch, keys });
        await Promise.all(records.map((record) => this.#keep(record)));
        total.records += records.length;
        for (const record of records) total.bytes += record.length;
        rest = rest.slice(answeredKeys(keys, records));
      }
      more = page.more;
      after = last;
    }
    return total;
  }

  /** Our own entries behind `after`, up to `last` if there is one, else to the end. */
  async #ownPage(
    partition: number,
    after: Buffer | undefined,
    last: Buffer | undefined,
  ): Promise<PageEntry[]> {
    const entries: PageEntry[] = [];
    for (let from = after; ; ) {
      const query = { partition, limit: PAGE_KEYS, ...(from && { after: from }) };
      const page = await new Promise<PageEntry[]>((resolve) => this.#store.page(query, resolve));
      for (const entry of page) {
        if (last && Buffer.compare(entry.key, last) > 0) return entries;
        entries.push(entry);
      }
      if (page.length < PAGE_KEYS) return entries;
      from = page.at(-1)!.key;
    }
  }

  #keep(record: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#store.write(record, (outcome) => {
        if (outcome.kind === 'readOnly') reject(new TransferFailed('our disk is full'));
        else if (outcome.kind === 'corrupt') reject(new TransferFailed('a record came corrupt'));
        else resolve();
      });
    });
  }

  #ask<T extends RequestType>(owner: NodeId, type: T, body: BodyOf<T>): Promise<ReplyTo<T>> {
    return new Promise((resolve, reject) => {
      this.#calls.request(owner, type, body, CALL_TIMEOUT_MS, (reply: ReplyTo<T> | CallFailure) => {
        if (typeof reply === 'string') reject(new TransferFailed(`${owner}: ${reply}`));
        else if ('outcome' in reply && reply.outcome !== 'ok') {
          reject(new TransferFailed(`${owner}: ${reply.outcome}`));
        } else resolve(reply);
      });
    });
  }
}

/**
 * How many of the asked-for keys a reply covers. It holds as many records as fit, in the order of
 * the keys, without those that their owner cannot read: they are left to the other owners.
 */
function answeredKeys(keys: readonly Buffer[], records: readonly Buffer[]): number {
  const last = records.at(-1);
  return last ? keys.findIndex((key) => key.equals(recordKey(last))) + 1 : keys.length;
}
