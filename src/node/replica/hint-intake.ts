/**
 * Takes what this node has missed from those that have kept it, at the rate at which it can. This
 * is the receiver's side; the driver's is `hints/host.ts`.
 *
 * Each answer says how long its sender has to pause: until what all of them have sent is paid for
 * (`base/throttle.ts`), and at least as long as the store has taken. So a slow store, perhaps one
 * that has just come back to much work, is left half of its time for requests.
 *
 * A hint may be the only copy there is (level `any`), and who brought it drops it when it is taken.
 * So it counts as taken only if it is held here, or what is held came after it. A promise that is
 * in its way, or what a round has stored again above it, may be of something older: then a round
 * stores the newer of both (`settle`), and if it cannot, the hint is to be brought again. What was
 * reaped is in its way for good, as no hint is kept for so long, unless it was stamped after that:
 * in an earlier epoch, by a node that had not heard of a later one.
 */
import { present } from '../../core/assert.js';
import { type EncodedRecord, recordKey, recordVersion } from '../../core/data/record.js';
import { isBallot } from '../../core/data/version.js';
import type { Clock, Store, WriteOutcome } from '../../ports.js';
import { Throttle } from '../base/throttle.js';
import type { CreditOf } from './credibility.js';
import { type Settle, Settling } from './settling.js';

/** What came of records, the worst first: but for `ok` they are to be brought again. */
const OUTCOMES = ['readOnly', 'promised', 'clockAhead', 'corrupt', 'ok'] as const;
type Outcome = (typeof OUTCOMES)[number];

export interface HintIntakeSettings {
  /** Of hints that are taken, from all senders together. */
  readonly hintBytesPerSecond: number;
}

export class HintIntake {
  readonly #store: Pick<Store, 'write' | 'read'>;
  readonly #clock: Clock;
  readonly #throttle: Throttle;
  readonly #creditOf: CreditOf;
  readonly #settling: Settling;
  /** Records that others have brought since the start. */
  received = 0;
  #stored = 0;

  constructor(options: {
    store: Pick<Store, 'write' | 'read'>;
    clock: Clock;
    settings: HintIntakeSettings;
    creditOf: CreditOf;
    settle: Settle;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    const { hintBytesPerSecond: bytesPerSecond } = options.settings;
    this.#throttle = new Throttle({ clock: options.clock, bytesPerSecond });
    this.#creditOf = options.creditOf;
    this.#settling = new Settling(options.store, options.settle);
  }

  /**
   * Stores what is newer than what is held, of records that were stamped in `epoch` or before:
   * there are no others. Says the worst that came of any.
   */
  take(
    records: readonly EncodedRecord[],
    epoch: number,
    done: (outcome: Outcome, pauseMs: number) => void,
  ): void {
    const since = this.#clock.monotonic();
    this.received += records.length;
    this.#throttle.spend(
      records.length,
      records.reduce((sum, { length }) => sum + length, 0),
    );
    const possible = records.filter((each) => recordVersion(each).epoch <= epoch);
    void Promise.all(possible.map((each) => this.#keep(each))).then((outcomes) => {
      const tookMs = Math.ceil(this.#clock.monotonic() - since);
      const worst = OUTCOMES.find((each) => each === 'ok' || outcomes.includes(each));
      done(present(worst, 'an outcome'), Math.max(this.#throttle.debtMs, tookMs));
    });
  }

  /** How many were given to the store since this was last asked. */
  takeStored(): number {
    const stored = this.#stored;
    this.#stored = 0;
    return stored;
  }

  async #keep(record: EncodedRecord): Promise<Outcome> {
    const credit = await this.#creditOf(recordKey(record), recordVersion(record));
    if (credit !== 'believed') return 'clockAhead';
    this.#stored++;
    const stored = await new Promise<WriteOutcome>((resolve) => this.#store.write(record, resolve));
    switch (stored.kind) {
      case 'applied':
        return 'ok';
      case 'reaped':
        return recordVersion(record).time > stored.version.time
          ? this.#settling.ifNewer(record)
          : 'ok';
      case 'superseded':
        return isBallot(stored.version) ? this.#settling.ifNewer(record) : 'ok';
      case 'promised':
        return this.#settling.ifNewer(record);
      default:
        return stored.kind;
    }
  }
}
