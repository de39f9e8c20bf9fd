/**
 * What this node gives away for a backup of the cluster, page by page.
 *
 * Intuition: nothing has to stand still. What was acknowledged before the backup began is in the
 * rows of W owners, and stays there, or what came after it does: whoever walks along the rows of
 * all owners meets it. So there is no snapshot, and no copy of the database beside it.
 *
 * Four things could take a row away before the walk comes to it, or bring back what is gone:
 * - It is only a hint yet (level `any`), is delivered behind a walk that has passed by, and dropped
 *   here. So the hints of all nodes are given first, and rows only when all of them have been.
 * - A tombstone is reaped between the walks of two owners, of whom the first still showed the
 *   value. So nothing is reaped from when the hints are given until the rows have been (`hold`).
 * - The owners change, and who has lost a partition drops it. So all of it is of one epoch, without
 *   a transition; whoever puts the parts together compares their epochs.
 * - Rows of partitions that this node owns no more, and hints that have expired, may be older than
 *   what was reaped since: they are left out.
 *
 * Reference: the fuzzy checkpoint of databases, as in Hagmann, "A crash recovery scheme for a
 * memory-resident database system", IEEE Transactions on Computers 1986.
 *
 * Rejected alternative: SQLite's online backup. It is quicker, but takes as much room again on each
 * node, ends in one sync of all of it on the thread that serves requests, copies damaged pages as
 * they are, and takes identity and votes along, of which a copy does harm.
 */
import { ALL_KEYS, type KeyRange, restOf } from '../../core/data/key-range.js';
import { type EncodedRecord, isIntactRecord } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { failure } from '../../core/failures.js';
import type { BackupPage } from '../../core/requests.js';
import { partitionSet } from '../../core/ring/partition-set.js';
import { ownersOf, type Ring } from '../../core/ring/ring.js';
import type { Part } from '../../core/wire/backup-stream.js';
import type { Clock, Store } from '../../ports.js';
import type { Reaping } from '../replica/reaping.js';
import type { VersionClock } from '../replica/version-clock.js';
import type { CurrentRing } from '../ring/current-ring.js';

/** One page: what the store reads in a few milliseconds, while others wait for it. */
const PAGE = { limit: 500, bytes: 256 << 10 };
/** From the last page on: long enough for the hints of all nodes to be given. */
const HOLD_MS = 600_000;

interface Pages {
  unreadable: number;
  /** Undefined behind the last. */
  next(done: (records: EncodedRecord[] | undefined) => void): void;
}

interface SourceParts {
  readonly self: NodeId;
  readonly store: Pick<Store, 'scan' | 'hintsBehind'>;
  readonly rings: Pick<CurrentRing, 'current'>;
  readonly clock: Clock;
  /** The cluster's time, by which hints expire. */
  readonly wallMs: () => number;
  readonly versionClock: Pick<VersionClock, 'latestPlausible'>;
  readonly reaping: Pick<Reaping, 'hold'>;
  readonly supervisor: { readonly isServing: boolean };
}

/** One part, as far as it has been asked for. */
export class BackupSource {
  readonly #parts: SourceParts;
  readonly #part: Part;
  readonly #ring: Ring | undefined;
  readonly #pages: Pages;
  #records = 0;

  constructor(parts: SourceParts, part: Part) {
    this.#parts = parts;
    this.#part = part;
    this.#ring = parts.rings.current;
    this.#pages =
      part === 'hints'
        ? new HintPages(parts)
        : new RowPages(parts, ownedIn(parts.self, this.#ring));
  }

  /** The next page, as soon as requests have had as much of the store's time as the last one. */
  next(done: (page: BackupPage) => void): void {
    const { clock, reaping, rings, supervisor, versionClock, self: node } = this.#parts;
    const ring = this.#ring;
    const since = clock.monotonic();
    const wasHeld = reaping.hold(HOLD_MS);
    this.#pages.next((records) => {
      if (!ring || !supervisor.isServing) return done(NOT_SERVING);
      if (ring.transition || rings.current !== ring) return done(CHANGING);
      if (this.#part === 'rows' && !wasHeld) return done(NOT_HELD);
      if (records) {
        this.#records += records.length;
        clock.setTimeout(() => done({ records }), clock.monotonic() - since);
      } else {
        const { clusterId, epoch } = ring;
        const { unreadable } = this.#pages;
        const latest = Math.ceil(versionClock.latestPlausible);
        const of = { part: this.#part, node, clusterId, epoch };
        done({ ...of, records: this.#records, unreadable, latest });
      }
    });
  }
}

const NOT_SERVING = failure('not_ready', 'this node does not serve: its data may be old', 'no');
const CHANGING = failure('change_refused', 'the owners of partitions are changing', 'no');

const NOT_HELD = failure(
  'change_refused',
  'the hints of this node have to be given before its rows, and not long before',
  'no',
);

function ownedIn(self: NodeId, ring: Ring | undefined): Uint8Array {
  const all = ring?.layout.map((_, partition) => partition) ?? [];
  const owned = all.filter((each) => ring && ownersOf(ring, each).present.includes(self));
  return partitionSet(owned, all.length);
}

class HintPages implements Pages {
  readonly unreadable = 0;
  readonly #parts: SourceParts;
  #after = 0;

  constructor(parts: SourceParts) {
    this.#parts = parts;
  }

  next(done: (records: EncodedRecord[] | undefined) => void): void {
    this.#parts.store.hintsBehind({ after: this.#after, ...PAGE }, (hints) => {
      const last = hints.at(-1);
      if (!last) return done(undefined);
      this.#after = last.id;
      const now = this.#parts.wallMs();
      // A damaged one is dropped when its target asks for it; nobody can say what it was.
      const kept = hints.filter(
        ({ record, expiresAt }) => expiresAt > now && isIntactRecord(record),
      );
      done(kept.map(({ record }) => record));
    });
  }
}

/** In the order of their keys: so whoever merges those of several nodes reads each once. */
class RowPages implements Pages {
  unreadable = 0;
  readonly #store: Pick<Store, 'scan'>;
  readonly #partitions: Uint8Array;
  /** Undefined behind the last page. */
  #rest: KeyRange | undefined = ALL_KEYS;

  constructor({ store }: SourceParts, partitions: Uint8Array) {
    this.#store = store;
    this.#partitions = partitions;
  }

  next(done: (records: EncodedRecord[] | undefined) => void): void {
    const range = this.#rest;
    if (!range) return done(undefined);
    const which = { partitions: this.#partitions, range, reverse: false, withValues: true };
    this.#store.scan({ ...which, ...PAGE }, ({ rows, next }) => {
      this.#rest = next && restOf(range, next, false);
      const records = rows.flatMap(({ held }) => (held.length > 0 ? [held] : []));
      this.unreadable += rows.length - records.length;
      done(records);
    });
  }
}
