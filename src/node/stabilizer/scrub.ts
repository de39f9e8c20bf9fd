/**
 * The scrub: reads every row of this node once in a while, and fetches anew what is damaged.
 *
 * Intuition: a disk loses bits without a word, and a row that nobody reads is not missed until the
 * other copies are gone as well. So all are read, slowly, while there are others.
 *
 * Algorithm: the partitions have their turns, spread evenly over the time that is set for all of
 * them. Of one that is ours the rows are read whole, piece by piece, at a bounded rate. Those that
 * fail their checksum are asked of the other owners, one after the other, and stored as any copy is
 * (`partition-sync.ts`); then it is read once more, to see whether that has helped. What could not
 * be healed is tried again a few times, as an owner may be away. How far it came is on disk: a
 * restart goes on there, and what was missed meanwhile is made up for at the bounded rate.
 *
 * Reference: Schroeder, Damouras and Gill, "Understanding latent sector errors and how to protect
 * against them", FAST 2010; ZFS's `scrub`.
 *
 * Rejected alternative: to compare the owners' rows, as the verification of hash trees compares
 * keys and versions. A checksum needs nobody else, and costs the network nothing.
 */
import type { NodeId } from '../../core/data/version.js';
import { ownersOf } from '../../core/ring/ring.js';
import { MIB } from '../../core/settings.js';
import type { Clock, Inspected, Log, Store } from '../../ports.js';
import { isCount, parseObject, readMeta } from '../base/meta.js';
import { Throttle } from '../base/throttle.js';
import { TransferFailed } from '../base/work.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { PartitionSync } from './partition-sync.js';

const META = 'scrub';
const BYTES_PER_SECOND = 8 * MIB;
/** Of rows that are read at a time: nobody waits for longer than that takes. */
const PIECE_BYTES = 256 << 10;
const TRY_AGAIN_MS = 5000;
/** Who could not heal a row has it tried again, for five minutes. */
const HEAL_AGAIN_MS = 20_000;
const MOST_TRIES = 15;
/** A timer is set for no longer: the wall clock may be set meanwhile. */
const LONGEST_WAIT_MS = 3_600_000;

/** On disk. Times: milliseconds since 1970, 0 if never. */
interface Place {
  /** When this pass began. */
  readonly began: number;
  /** Whose turn it is. */
  readonly partition: number;
  /** When the last pass ended. */
  readonly ended: number;
  readonly isPaused: boolean;
}

const COUNTS = { rows: 0, damaged: 0, healed: 0 };

export class Scrub {
  readonly #options: ScrubOptions;
  readonly #throttle: Throttle;
  #place: Place;
  /** Since the start. */
  readonly #counts = { ...COUNTS };
  #isOn = false;
  #isReading = false;
  #timer: unknown;
  #tries = 0;
  /** Not before, in monotonic time. */
  #notBefore = 0;

  /** Throws `DamagedMeta`. */
  constructor(options: ScrubOptions) {
    this.#options = options;
    this.#throttle = new Throttle({ clock: options.clock, bytesPerSecond: BYTES_PER_SECOND });
    const beginning = { began: 0, partition: 0, ended: 0, isPaused: false };
    this.#place = readMeta(options.store, META, parsePlace) ?? beginning;
  }

  start(): void {
    this.#isOn = true;
    this.#wait();
  }

  stop(): void {
    this.#isOn = false;
    this.#options.clock.clearTimeout(this.#timer);
  }

  pause(isPaused: boolean): void {
    this.#move({ isPaused });
    this.#wait();
  }

  /** For people. `done` of `total` partitions of this pass. */
  get status() {
    const { began, partition: done, ended, isPaused } = this.#place;
    const { everyMs, rings } = this.#options;
    const isOff = everyMs === 0;
    const doing = this.#isReading ? 'reading' : 'waiting';
    return {
      state: isOff ? 'off' : isPaused ? 'paused' : doing,
      done,
      total: rings.current?.layout.length ?? 0,
      ...(began > 0 && { began: new Date(began).toISOString() }),
      ...(ended > 0 && { ended: new Date(ended).toISOString() }),
      ...this.#counts,
    };
  }

  #wait(): void {
    const { clock, everyMs, onFailure } = this.#options;
    clock.clearTimeout(this.#timer);
    if (!this.#goesOn || everyMs === 0 || this.#isReading) return;
    this.#timer = clock.setTimeout(
      () => void this.#turn().then(() => this.#wait(), onFailure),
      Math.min(this.#dueInMs, LONGEST_WAIT_MS),
    );
  }

  get #goesOn(): boolean {
    return this.#isOn && !this.#place.isPaused;
  }

  get #dueInMs(): number {
    const { clock, everyMs, rings } = this.#options;
    const { began, partition } = this.#place;
    const partitions = rings.current?.layout.length;
    if (partitions === undefined) return TRY_AGAIN_MS;
    const dueAt = began + (everyMs * partition) / partitions;
    return Math.max(0, dueAt - clock.now(), this.#notBefore - clock.monotonic());
  }

  async #turn(): Promise<void> {
    const ring = this.#options.rings.current;
    if (!ring) return;
    const { clock, everyMs } = this.#options;
    const { partition, began } = this.#place;
    // The first of all, or the wall clock was set back.
    const now = Math.floor(clock.now());
    if (began === 0 || began > now + everyMs) this.#move({ began: now });
    if (this.#dueInMs > 0) return;
    this.#isReading = true;
    const isDone = await this.#scrub(partition);
    this.#isReading = false;
    if (isDone && this.#goesOn) this.#goOn(ring.layout.length);
  }

  #goOn(partitions: number): void {
    const { clock, everyMs } = this.#options;
    const { partition, began } = this.#place;
    this.#tries = 0;
    if (partition + 1 < partitions) return this.#move({ partition: partition + 1 });
    const now = Math.floor(clock.now());
    this.#move({ partition: 0, ended: now, began: Math.max(began + everyMs, now - everyMs) });
  }

  /** False if it has to be done again. */
  async #scrub(partition: number): Promise<boolean> {
    if (this.#others(partition) === undefined) return true;
    const damaged = await this.#read(partition);
    if (!damaged) return false;
    if (damaged.length === 0) return true;
    const { log, clock } = this.#options;
    if (this.#tries === 0) {
      this.#counts.damaged += damaged.length;
      log('warn', 'scrub.damaged', { partition, rows: damaged.length });
    }
    await this.#heal(partition, damaged);
    const left = await this.#read(partition);
    if (!left) return false;
    const healed = Math.max(0, damaged.length - left.length);
    this.#counts.healed += healed;
    if (healed > 0) log('info', 'scrub.healed', { partition, rows: healed });
    if (left.length === 0 || ++this.#tries >= MOST_TRIES) return true;
    this.#notBefore = clock.monotonic() + HEAL_AGAIN_MS;
    return false;
  }

  /** The keys of the rows that are damaged; undefined if it was stopped before it knew all. */
  async #read(partition: number): Promise<Buffer[] | undefined> {
    const { store } = this.#options;
    const damaged: Buffer[] = [];
    let after: Buffer | undefined;
    do {
      await this.#throttle.ready();
      if (!this.#goesOn) return undefined;
      const query = { partition, bytes: PIECE_BYTES, ...(after && { after }) };
      const piece = await new Promise<Inspected>((resolve) => store.inspect(query, resolve));
      this.#throttle.spend(piece.rows, piece.bytes);
      this.#counts.rows += piece.rows;
      damaged.push(...piece.damaged);
      after = piece.next;
    } while (after);
    return damaged;
  }

  async #heal(partition: number, keys: Buffer[]): Promise<void> {
    const { rings, sync, log } = this.#options;
    const { epoch } = rings;
    for (const owner of this.#others(partition) ?? []) {
      try {
        const stretch = { owner, epoch, onlyCredible: true };
        await sync.fetch(stretch, keys, { records: 0, bytes: 0 });
      } catch (error) {
        if (!(error instanceof TransferFailed)) throw error;
        log('debug', 'scrub.failed', { owner, partition, reason: error.message });
      }
    }
  }

  /** Those who own it beside us; nobody while owners change; undefined if it is none of ours. */
  #others(partition: number): NodeId[] | undefined {
    const { rings, self, isReachable } = this.#options;
    const ring = rings.current;
    if (!ring || partition >= ring.layout.length) return undefined;
    const { present } = ownersOf(ring, partition);
    if (!present.includes(self)) return undefined;
    return ring.transition ? [] : present.filter((id) => id !== self && isReachable(id));
  }

  #move(to: Partial<Place>): void {
    this.#place = { ...this.#place, ...to };
    this.#options.store.setMeta(META, JSON.stringify(this.#place), () => undefined);
  }
}

interface ScrubOptions {
  readonly self: NodeId;
  readonly rings: Pick<CurrentRing, 'current' | 'epoch'>;
  readonly sync: Pick<PartitionSync, 'fetch'>;
  readonly store: Pick<Store, 'inspect' | 'meta' | 'setMeta'>;
  readonly clock: Clock;
  readonly log: Log;
  /** In this time every row is read once; 0: none is. */
  readonly everyMs: number;
  readonly isReachable: (owner: NodeId) => boolean;
  /** A mistake of ours: the node has to stop. */
  readonly onFailure: (error: Error) => void;
}

function parsePlace(text: string): Place {
  const { began, partition, ended, isPaused } = parseObject(text);
  const isPlace = [began, partition, ended].every(isCount) && typeof isPaused === 'boolean';
  if (!isPlace) throw new Error('it is no place of a scrub');
  return { began, partition, ended, isPaused } as Place;
}
