/**
 * Takes what this node has missed from those that have kept it, at the rate at which it can. This
 * is the receiver's side; the driver's is `hints/host.ts`.
 *
 * Each answer says how long its sender has to pause: until what all of them have sent is paid for
 * (`base/throttle.ts`), and at least as long as the store has taken. So a slow store, perhaps one
 * that has just come back to much work, is left half of its time for requests.
 */
import { type EncodedRecord, recordKey, recordVersion } from '../../core/data/record.js';
import type { Version } from '../../core/data/version.js';
import type { Clock, Store, WriteOutcome } from '../../ports.js';
import { Throttle } from '../base/throttle.js';

export class HintIntake {
  readonly #store: Pick<Store, 'write'>;
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  readonly #isImplausible: (version: Version) => boolean;
  readonly #onBarred: (key: Buffer) => void;
  /** Records that others have brought since the start. */
  received = 0;

  constructor(options: {
    store: Pick<Store, 'write'>;
    clock: Clock;
    /** From all senders together. */
    bytesPerSecond: number;
    isImplausible: (version: Version) => boolean;
    /** A promise has kept a record away from here. */
    onBarred: (key: Buffer) => void;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#throttle = new Throttle(options);
    this.#isImplausible = options.isImplausible;
    this.#onBarred = options.onBarred;
  }

  /**
   * Stores what is newer than what is held. `readOnly`: the disk is full, some may be missing. What
   * is damaged or beyond belief is not worth to be sent again.
   */
  take(
    records: readonly EncodedRecord[],
    done: (outcome: 'ok' | 'readOnly', pauseMs: number) => void,
  ): void {
    const since = this.#clock.monotonic();
    this.received += records.length;
    this.#throttle.spend(
      records.length,
      records.reduce((sum, { length }) => sum + length, 0),
    );
    const credible = records.filter((each) => !this.#isImplausible(recordVersion(each)));
    const stored = credible.map((each) => this.#keep(each));
    void Promise.all(stored).then((kinds) => {
      const tookMs = Math.ceil(this.#clock.monotonic() - since);
      const outcome = kinds.includes('readOnly') ? 'readOnly' : 'ok';
      done(outcome, Math.max(this.#throttle.debtMs, tookMs));
    });
  }

  #keep(record: EncodedRecord): Promise<WriteOutcome['kind']> {
    return new Promise((resolve) => {
      this.#store.write(record, ({ kind }) => {
        if (kind === 'promised') this.#onBarred(recordKey(record));
        resolve(kind);
      });
    });
  }
}
