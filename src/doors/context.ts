/**
 * What the doors need of the node behind them. The ports (`src/ports.ts`) are what a node needs of
 * the world; this is the other direction, and who stands behind a door has to fit it.
 */
import type { MemberChange } from '../core/planning/member-change.js';
import type { Removal, RemoveRequest } from '../core/planning/removal.js';
import type { ExplainedPlan } from '../core/planning/sentences.js';
import type {
  Failure,
  Found,
  Location,
  ReadRequest,
  WriteRequest,
  Written,
} from '../core/requests.js';
import type { Ring } from '../core/ring/ring.js';
import type { Clock, StoreStatus } from '../ports.js';

export interface Backend {
  readonly id: string;
  write(request: WriteRequest, done: (outcome: Written | Failure) => void): void;
  read(request: ReadRequest, done: (outcome: Found | Failure) => void): void;
  locate(key: Buffer, done: (location: Location | Failure) => void): void;
  /** What a change would do; `ids` are members of the ring as it will be. */
  plan(change: MemberChange, done: (plan: ExplainedPlan | Failure) => void): void;
  /** Begins to leave; already leaving is no reason to refuse. A sentence says why it cannot be. */
  leave(): string | undefined;
  /** Takes dead members out of the ring, or says why not; `done` when that is decided. */
  remove(request: RemoveRequest, done: (outcome: Removal | Failure) => void): void;
  ring(): Ring | undefined;
  epoch(): number;
  isReady(): boolean;
  status(): object;
  storeStatus(done: (status: StoreStatus) => void): void;
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
  /** The metrics, as Prometheus reads them. */
  readonly scrape: () => Promise<string>;
}
