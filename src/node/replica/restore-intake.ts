/**
 * Takes records of a backup, with the versions that they have. They come as what another owner
 * holds: the backup stands for that. So what was reaped here meanwhile is not in their way, and
 * what is newer stays.
 *
 * All of them were stamped in earlier epochs than the one in force, or nothing is taken: a restored
 * record never outranks what is written now.
 */
import { type EncodedRecord, recordVersion } from '../../core/data/record.js';
import { isBallot } from '../../core/data/version.js';
import type { Store, WriteOutcome } from '../../ports.js';
import { type Settle, Settling } from './settling.js';

/** What came of records, the worst first: but for `ok` they are to be brought again. */
const OUTCOMES = ['readOnly', 'promised', 'corrupt', 'ok'] as const;
type Outcome = (typeof OUTCOMES)[number];

export class RestoreIntake {
  readonly #store: Pick<Store, 'copy' | 'read'>;
  readonly #settling: Settling;

  constructor({ store, settle }: { store: Pick<Store, 'copy' | 'read'>; settle: Settle }) {
    this.#store = store;
    this.#settling = new Settling(store, settle);
  }

  /** Says the worst that came of any. */
  async take(records: readonly EncodedRecord[], epoch: number): Promise<Outcome> {
    if (records.some((each) => recordVersion(each).epoch >= epoch)) return 'corrupt';
    const outcomes = await Promise.all(records.map((each) => this.#keep(each)));
    return OUTCOMES.find((each) => outcomes.includes(each)) ?? 'ok';
  }

  async #keep(record: EncodedRecord): Promise<Outcome> {
    const stored = await new Promise<WriteOutcome>((resolve) => this.#store.copy(record, resolve));
    switch (stored.kind) {
      case 'applied':
        return 'ok';
      case 'superseded':
        return isBallot(stored.version) ? this.#settling.ifNewer(record) : 'ok';
      case 'promised':
      case 'reaped':
        return this.#settling.ifNewer(record);
      default:
        return stored.kind;
    }
  }
}
