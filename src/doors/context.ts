/**
 * What the doors need of the node behind them. The ports (`src/ports.ts`) are what a node needs of
 * the world; this is the other direction, and who stands behind a door has to fit it.
 */
import type { EncodedRecord } from '../core/data/record.js';
import type { NodeId } from '../core/data/version.js';
import type { MemberChange } from '../core/planning/member-change.js';
import type { Removal, RemoveRequest } from '../core/planning/removal.js';
import type { ExplainedPlan } from '../core/planning/sentences.js';
import type {
  BackupPage,
  Failure,
  Found,
  Listed,
  ListRequest,
  Location,
  ReadRequest,
  Restored,
  WriteRequest,
  Written,
} from '../core/requests.js';
import type { Ring } from '../core/ring/ring.js';
import type { ClusterVerdict } from '../core/verdict.js';
import type { Part } from '../core/wire/backup-stream.js';
import type { RecordQuery } from '../events/recording.js';
import type { Sink, Stream, Wanted } from '../events/subscription.js';
import type { Clock, StoreStatus } from '../ports.js';

export interface Backend {
  readonly id: string;
  write(request: WriteRequest, done: (outcome: Written | Failure) => void): void;
  read(request: ReadRequest, done: (outcome: Found | Failure) => void): void;
  list(request: ListRequest, done: (outcome: Listed | Failure) => void): void;
  locate(key: Buffer, done: (location: Location | Failure) => void): void;
  /** What a change would do; `ids` are members of the ring as it will be. */
  plan(change: MemberChange, done: (plan: ExplainedPlan | Failure) => void): void;
  /** Asks a member to leave, or says why it cannot; already leaving is no reason to refuse. */
  leave(member: NodeId, done: (outcome: { readonly ok: true } | Failure) => void): void;
  /**
   * Begins to agree on the next epoch, or the next one above `above`; the present one, or a
   * sentence that says why not.
   */
  renewEpoch(above?: number): number | string;
  /** Takes dead members out of the ring, or says why not; `done` when that is decided. */
  remove(request: RemoveRequest, done: (outcome: Removal | Failure) => void): void;
  /** Of this node. */
  pauseScrub(paused: boolean): void;
  /** A part of what this node gives away for a backup, a page at a time. */
  backup(part: Part): { next(done: (page: BackupPage) => void): void };
  /** Brings records of a backup to their owners; `done` when all of these have answered. */
  restore(records: readonly EncodedRecord[], done: (outcome: Restored | Failure) => void): void;
  /** When a restore began that has not ended, in ms since 1970: the cluster holds a part of it. */
  restoreBegunAt(): number | undefined;
  /** Of this node; `done` when it is on its disk. */
  markRestore(isUnfinished: boolean, done: () => void): void;
  ring(): Ring | undefined;
  epoch(): number;
  isReady(): boolean;
  /** How the cluster is, seen from here. */
  verdict(): ClusterVerdict;
  /** `store`: what `storeStatus` said. */
  status(store: StoreStatus): object;
  /** Gives a subscriber what happens, until it stops that; `ended` is called if the node does. */
  subscribe(query: EventQuery, sink: Sink, ended: () => void): Stream;
  /** What happened in the last minutes, as a file. */
  record(query: RecordQuery, done: (recording: string) => void): void;
  storeStatus(done: (status: StoreStatus) => void): void;
}

/** What may be asked of an event stream. */
export interface EventQuery extends Wanted {
  /** Of whom: the node that is asked, or all members through it. */
  readonly nodes: 'this' | 'all';
}

export interface HttpSettings {
  readonly maxValueBytes: number;
  /** Deadline of a request that names none. */
  readonly requestTimeoutMs: number;
}

/** What a handler gets along with its request. */
export interface DoorContext {
  readonly backend: Backend;
  readonly settings: HttpSettings;
  readonly clock: Clock;
  /** Calls this when the door closes: what goes on for ever has to end. Returns how not to. */
  whenClosing(end: () => void): () => void;
  /** The metrics, as Prometheus reads them. */
  readonly scrape: () => Promise<string>;
}
