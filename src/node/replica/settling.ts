/**
 * What is in the way of a record that is brought here, a promise or what a round has stored again,
 * may be of something older than the record: then a round stores the newer of both.
 */
import { type EncodedRecord, recordKey, recordOrigin } from '../../core/data/record.js';
import { compareVersions } from '../../core/data/version.js';
import type { ReadOutcome, Store } from '../../ports.js';

/** Has a round store a record of a key, unless it finds what came after it; whether it could. */
export type Settle = (key: Buffer, record: EncodedRecord) => Promise<boolean>;

export class Settling {
  readonly #store: Pick<Store, 'read'>;
  readonly #settle: Settle;

  constructor(store: Pick<Store, 'read'>, settle: Settle) {
    this.#store = store;
    this.#settle = settle;
  }

  /** `promised`: no round could be brought to an end. */
  async ifNewer(record: EncodedRecord): Promise<'ok' | 'promised'> {
    const key = recordKey(record);
    const held = await new Promise<ReadOutcome>((resolve) => this.#store.read(key, resolve));
    const isHeld =
      held.kind === 'found' &&
      compareVersions(recordOrigin(held.record), recordOrigin(record)) >= 0;
    return isHeld || (await this.#settle(key, record)) ? 'ok' : 'promised';
  }
}
