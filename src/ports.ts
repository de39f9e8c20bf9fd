/**
 * What the decisions need from the world. Production and the simulator implement these; nothing
 * else reaches time, randomness, network, disk or threads.
 */

import type { KeyRange } from './core/data/key-range.js';
import type { EncodedRecord } from './core/data/record.js';
import type { ScanPage } from './core/data/scan-page.js';
import type { NodeId, Version } from './core/data/version.js';
import type { Message } from './core/wire/messages.js';

/** Fits XState's clock, so one clock drives actors and the rest. */
export interface Clock {
  /** Wall clock, milliseconds since 1970; may jump either way. */
  now(): number;
  /** Milliseconds that only go forward, for durations and deadlines. */
  monotonic(): number;
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** `digits` hexadecimal digits. */
  hex(digits: number): string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = { readonly [name: string]: string | number | boolean | undefined };
/** `event` is a dotted fact, such as `peer.refused`. Never given keys' values. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

export interface PeerInfo {
  readonly id: NodeId;
  /** Random per process: a new one means that the peer restarted. */
  readonly bootId: string;
  /** `host:port` the peer can be dialled at. */
  readonly address: string;
  /** Of the program that it runs, for people; one from before this was told does not say. */
  readonly programVersion?: string;
  /** Of its ring, as it was when the connection was made. */
  readonly epoch?: number;
}

/** Why a dialled address did not become a connection. */
export interface DialFailure {
  /** `host:port` */
  readonly address: string;
  /**
   * `cluster`: it is a node of another one. `self`: it is this node. `identity`: another process
   * runs with the id of this node, there or where whoever is there knows it.
   */
  readonly kind: 'cluster' | 'self' | 'identity' | 'other';
  /** For people, and perhaps in a stranger's words. */
  readonly reason: string;
}

/** A peer of another cluster has proved itself, and this is the address of one of its members. */
export interface AddressClaim {
  readonly clusterId: string;
  readonly member: NodeId;
  /** `host:port` of the peer. */
  readonly from: string;
}

export interface TransportEvents {
  /** An authenticated connection to the peer stands. */
  up(peer: PeerInfo): void;
  /** The last connection to the peer is gone; calls in flight to it have failed. */
  down(peer: NodeId, reason: string): void;
  /** `waitedMs`: for so long it has waited for its turn in here, since its frame arrived. */
  message(from: NodeId, message: Message, waitedMs: number): void;
  /** It is dialled again, and told again, until a connection stands. */
  failed?(failure: DialFailure): void;
  claimed?(claim: AddressClaim): void;
}

export interface Transport {
  start(events: TransportEvents): void;
  /**
   * Queues a message; what one event-loop turn queues for a peer leaves as one frame. It arrives
   * once, or not at all if the connection ends. False, and nothing queued, if the peer is not
   * connected or its queue is full.
   */
  send(to: NodeId, message: Message): boolean;
  isUp(peer: NodeId): boolean;
  /** The peers that are up. */
  connected(): NodeId[];
  /** The members to stay connected with, redialling as needed; replaces the former list. */
  setPeers(peers: readonly { id: NodeId; address: string }[]): void;
  /** Dials an address whose node id is not known yet, until a connection stands. */
  introduce(address: string): void;
  /** From now on hellos name this cluster, and peers of another one are refused. */
  setCluster(clusterId: string): void;
  close(): Promise<void>;
}

/** Anything but `applied` was certainly not stored. */
export type WriteOutcome =
  /** `again`: it was held before, and nothing has changed. */
  | { readonly kind: 'applied'; readonly again?: true }
  | { readonly kind: 'superseded'; readonly version: Version }
  /** A higher ballot is promised; what is held may be older than either. */
  | { readonly kind: 'promised'; readonly version: Version }
  /** Nothing is held, and it is not above what was reaped (`core/acceptor.ts`). */
  | { readonly kind: 'reaped'; readonly version: Version }
  | { readonly kind: 'readOnly' }
  /** The record fails its checksum. */
  | { readonly kind: 'corrupt' };

export type ReadOutcome =
  | { readonly kind: 'found'; readonly record: EncodedRecord }
  | { readonly kind: 'absent' }
  /** The row fails its checksum: treat as absent here, fetch it elsewhere. */
  | { readonly kind: 'corrupt' };

export type VersionOutcome =
  /** `record`: perhaps, if it is small. */
  | { readonly kind: 'found'; readonly version: Version; readonly record?: EncodedRecord }
  | { readonly kind: 'absent' }
  | { readonly kind: 'corrupt' };

export interface PageEntry {
  readonly key: Buffer;
  readonly version: Version;
}

export interface Page {
  readonly entries: PageEntry[];
  /** The key behind which the next page goes on; undefined at the end of the partition. */
  readonly next: Buffer | undefined;
}

/** Where something is over: see `Store.endedIn`. */
export interface EndedIn {
  readonly partitions: number[];
  readonly next: number | undefined;
}

/** What is over in a partition: see `Store.ended`. */
export interface Ended {
  readonly rows: number;
  /** Milliseconds since 1970; 0 if there is none. */
  readonly since: number;
  readonly entries: PageEntry[];
}

/** Which rows are asked for, of whatever partitions, in the order of their keys. */
export interface ScanQuery {
  /** See `core/ring/partition-set.ts`. */
  readonly partitions: Uint8Array;
  readonly range: KeyRange;
  /** From the end of the range. */
  readonly reverse: boolean;
  /** Rows at most. */
  readonly limit: number;
  /** Of the records that are read for them, with or without their values; one at least is. */
  readonly bytes: number;
  /** Whole records, or only their heads. */
  readonly withValues: boolean;
}

/** What came of reading rows whole: see `Store.inspect`. */
export interface Inspected {
  readonly rows: number;
  readonly bytes: number;
  /** The keys of those that cannot be read. */
  readonly damaged: Buffer[];
  /** The key behind which the next piece begins; undefined at the end of the partition. */
  readonly next: Buffer | undefined;
}

/** What a node holds of a partition. */
export interface PartitionSize {
  readonly partition: number;
  readonly rows: number;
  /** Of its records, as they are encoded. */
  readonly bytes: number;
}

/**
 * What an acceptor says to a prepare. `promised` carries the record it has accepted, if any;
 * `refused` the version or the promise that stands in the way.
 */
export type PromiseOutcome =
  | { readonly kind: 'promised'; readonly record: EncodedRecord | undefined }
  | { readonly kind: 'refused'; readonly version: Version }
  | { readonly kind: 'readOnly' }
  /** The row fails its checksum: this owner cannot say what it has accepted. */
  | { readonly kind: 'corrupt' };

/** A record that an owner has missed, kept for it. */
export interface Hint {
  /** A hint that replaces this one has another. */
  readonly id: number;
  readonly record: EncodedRecord;
  /** Wall clock, milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Where a hint stands among those of its target. */
export type HintPlace = Pick<Hint, 'expiresAt' | 'id'>;

/** What is kept for one node. */
export interface HintSize {
  readonly target: NodeId;
  readonly rows: number;
  /** Of its records, as they are encoded. */
  readonly bytes: number;
  /** When the first of them expires. */
  readonly expiresAt: number;
}

export interface StoreStatus {
  readonly rows: number;
  readonly bytes: number;
  readonly walBytes: number;
  readonly readOnly: boolean;
}

/**
 * The timestamped store of one node. Answers come in the order of the requests' batches, never
 * within the call, except that `read` and `readVersion` may. A write is answered after its
 * transaction is synced. After an I/O error or corruption nothing is answered any more and
 * `onFailure` is called: the outcome of everything in flight is unknown, and the process has to
 * stop.
 */
export interface Store {
  /** Keeps the newest version: `applied` if the record is now, or was already, what is held. */
  write(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void;
  /** As `write`, of what another owner holds: what was reaped here is not in its way. */
  copy(record: EncodedRecord, done: (outcome: WriteOutcome) => void): void;
  read(key: Uint8Array, done: (outcome: ReadOutcome) => void): void;
  readVersion(key: Uint8Array, done: (outcome: VersionOutcome) => void): void;
  /**
   * The records of these keys that can be read, in the order of the keys: as many as fit into so
   * many bytes, but one at least.
   */
  readUpTo(
    query: { keys: readonly Uint8Array[]; bytes: number },
    done: (records: EncodedRecord[]) => void,
  ): void;
  /**
   * Promises to take no version below `ballot` for this key: a write of a lower one is then told of
   * what is `promised`. Refused if a version or a promise of at least that is held. Of very many
   * promises the older ones may come to hold for other keys as well. Synced before `done`.
   * (CASPaxos: Rystsov, 2018.)
   */
  prepare(key: Uint8Array, ballot: Version, done: (outcome: PromiseOutcome) => void): void;
  /**
   * The entries among the next `limit` rows of a partition, in byte order of their keys, behind
   * `after`; only those of `leaves` (see `core/tree/hash-tree.ts`), if they are given.
   */
  page(
    query: { partition: number; leaves?: Uint8Array; after?: Uint8Array; limit: number },
    done: (page: Page) => void,
  ): void;
  /** Reads rows of a partition behind `after` whole, so many bytes of them, but one at least. */
  inspect(
    query: { partition: number; after?: Uint8Array; bytes: number },
    done: (inspected: Inspected) => void,
  ): void;
  /** What is held in a range of keys, of several partitions in one order. */
  scan(query: ScanQuery, done: (page: ScanPage) => void): void;
  /**
   * The leaves of a partition's hash tree (`core/tree/hash-tree.ts`), and up to where was reaped
   * then, as of `reapedUpTo`. `how`: as it is kept, or built anew from the rows.
   */
  tree(
    partition: number,
    done: (leaves: Buffer, reaped: Version) => void,
    how?: 'kept' | 'anew',
  ): void;
  /**
   * Removes up to `limit` rows of a partition, for good, and its promises; or, if `only` is given,
   * those rows that are still held in these versions, and no promises. `done` is told how many
   * went; undefined, and nothing done, if the disk is full.
   */
  drop(
    query: { partition: number; limit: number; only?: readonly PageEntry[] },
    done: (dropped: number | undefined) => void,
  ): void;
  /**
   * The partitions, `from` one on, in which something is over as in `ended`; and from which one on
   * to look again, if these were not all.
   */
  endedIn(query: { from: number; before: number }, done: (found: EndedIn) => void): void;
  /**
   * Of the rows of a partition that are tombstones, or have expired, since `before` at the latest
   * (milliseconds since 1970): how many there are (10,000 stands for more), since when the first,
   * and up to `limit` of them, the first ones first, whether their records can be read or not.
   */
  ended(
    query: { partition: number; before: number; limit: number },
    done: (ended: Ended) => void,
  ): void;
  /**
   * The places of those entries that may not go: a row is held in another version, or none is, or
   * it is not one that has been over since `before` at the latest.
   */
  stay(
    query: { partition: number; before: number; entries: readonly PageEntry[] },
    done: (places: number[]) => void,
  ): void;
  /**
   * Removes rows that are still held in these versions, for good, and from now on takes no version
   * up to `upTo` for a key of the partition that holds nothing, unless it is a copy of what another
   * owner holds. Synced before `done`, which is told how many went; undefined, and nothing done, if
   * the disk is full.
   */
  reap(
    query: { partition: number; upTo: Version; entries: readonly PageEntry[] },
    done: (removed: number | undefined) => void,
  ): void;
  /** The highest `upTo` that was reaped with in a partition; `NO_VERSION` if nothing was. */
  reapedUpTo(partition: number, done: (upTo: Version) => void): void;
  /** Of every partition that holds anything. */
  sizes(done: (sizes: PartitionSize[]) => void): void;
  /**
   * Keeps a record for a node that has missed it until the hint is dropped; of each key only the
   * newest version. Synced before `done`, which is told whether this version or a newer one is kept
   * now: none is if the record is corrupt, the disk is full, or all hints together would be larger
   * than they may be.
   */
  hint(
    hint: { target: NodeId; record: EncodedRecord; expiresAt: number },
    done: (isKept: boolean) => void,
  ): void;
  /**
   * Of the hints for a node those that expire first, behind `after`: up to `limit`, and up to so
   * many bytes of records, but one at least. A record may have been damaged.
   */
  hints(
    query: { target: NodeId; after?: HintPlace | undefined; limit: number; bytes: number },
    done: (hints: Hint[]) => void,
  ): void;
  /** As `hints`, for whatever node, in the order of their numbers: those above `after`. */
  hintsBehind(
    query: { after: number; limit: number; bytes: number },
    done: (hints: Hint[]) => void,
  ): void;
  /** Drops hints, but none that has been replaced. `done`: false, and nothing dropped, if full. */
  dropHints(ids: readonly number[], done: (isDropped: boolean) => void): void;
  /** Of every node for which anything is kept. */
  hintSizes(done: (sizes: HintSize[]) => void): void;
  /** Small named texts: identity, ring, votes. Synced before `done`. */
  setMeta(name: string, text: string, done: () => void): void;
  /** As last set; read when the store was opened. */
  meta(name: string): string | undefined;
  status(done: (status: StoreStatus) => void): void;
  /** The disk is full: nothing more is stored for clients, until there is room again. */
  readonly isFull: boolean;
  onFailure(failed: (error: Error) => void): void;
  /** Finishes what is queued, checkpoints, releases the lock. */
  close(): Promise<void>;
}

/** Work that is too heavy for the thread that answers requests. */
export interface BulkWork {
  /** The hash tree of rows (`core/tree/packed-rows.ts`), which are gone then: not copied. */
  buildTree(rows: ArrayBuffer): Promise<Buffer>;
  close(): Promise<void>;
}
