/**
 * An owner's side of reaping: says what it holds of what is over, and lets go of it when all owners
 * hold the same. The driver's side, and why it is safe, is in `stabilizer/reaper.ts`.
 *
 * Each owner judges for itself what is over, by the cluster's time as it knows it, and for as long
 * as hints are kept at least: neither a mistake of a peer nor its clock is to end what is still
 * alive, or to bar what is written now.
 */
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { NO_VERSION, newestVersion, type Version } from '../../core/data/version.js';
import { partitionOf } from '../../core/ring/key-owners.js';
import type { Message, MessageOf } from '../../core/wire/messages.js';
import { type Refusal, refusalOf } from '../../core/wire/refusal.js';
import type { Clock, Store } from '../../ports.js';
import type { CurrentRing } from '../ring/current-ring.js';

type Reply = (message: Message) => void;
type Asked = MessageOf<'partition.confirm'> | MessageOf<'partition.reap'>;

export class Reaping {
  readonly #store: Pick<Store, 'stay' | 'reap'>;
  readonly #rings: Pick<CurrentRing, 'current' | 'epoch'>;
  readonly #wallMs: () => number;
  readonly #hintWindowMs: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #heldUntil = Number.NEGATIVE_INFINITY;

  constructor(options: {
    store: Pick<Store, 'stay' | 'reap'>;
    rings: Pick<CurrentRing, 'current' | 'epoch'>;
    /** The cluster's time. */
    wallMs: () => number;
    settings: { readonly hintWindowMs: number };
    clock: Pick<Clock, 'monotonic'>;
  }) {
    this.#clock = options.clock;
    this.#store = options.store;
    this.#rings = options.rings;
    this.#wallMs = options.wallMs;
    this.#hintWindowMs = options.settings.hintWindowMs;
  }

  /**
   * For so long nothing is let go of here, and so nowhere that shares a partition with us. Returns
   * whether that was so already.
   */
  hold(ms: number): boolean {
    const wasHeld = this.#isHeld;
    this.#heldUntil = this.#clock.monotonic() + ms;
    return wasHeld;
  }

  get #isHeld(): boolean {
    return this.#clock.monotonic() < this.#heldUntil;
  }

  confirm(request: MessageOf<'partition.confirm'>, reply: Reply): void {
    const { call, epoch, partition, entries } = request;
    const objection = this.#objectionTo(request, newestOf(entries));
    if (objection) return reply(refusalOf(request, objection, this.#rings.epoch));
    const before = Math.floor(this.#wallMs() - this.#hintWindowMs);
    this.#store.stay({ partition, before, entries }, (missing) => {
      reply({ type: 'partition.confirmed', call, outcome: 'ok', epoch, missing });
    });
  }

  reap(request: MessageOf<'partition.reap'>, reply: Reply): void {
    const { call, epoch, partition, upTo, entries } = request;
    const objection = this.#objectionTo(request, upTo);
    if (objection) return reply(refusalOf(request, objection, this.#rings.epoch));
    this.#store.reap({ partition, upTo, entries }, (rows) => {
      const outcome = rows === undefined ? 'readOnly' : 'ok';
      reply({ type: 'partition.reaped', call, outcome, epoch, rows: rows ?? 0 });
    });
  }

  #objectionTo({ epoch, partition, entries }: Asked, newest: Version): Refusal | undefined {
    const partitions = this.#rings.current?.layout.length ?? 0;
    const isOf = ({ key }: { key: Buffer }) => partitionOf(key, partitions) === partition;
    if (partition >= partitions || !entries.every(isOf)) return 'corrupt';
    if (newest.epoch > epoch) return 'corrupt';
    if (this.#isHeld) return 'busy';
    const ageMs = this.#wallMs() - wallTimeOf(newest.time);
    return ageMs < this.#hintWindowMs ? 'clockAhead' : undefined;
  }
}

/** `NO_VERSION` of none. */
export function newestOf(entries: readonly { readonly version: Version }[]): Version {
  return entries.map(({ version }) => version).reduce((a, b) => newestVersion(a, b), NO_VERSION);
}
