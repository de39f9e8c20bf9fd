/** What the doors need of the node behind them. */
import type {
  Failure,
  Found,
  Location,
  ReadRequest,
  WriteRequest,
  Written,
} from '../core/requests.js';
import type { Ring } from '../core/ring.js';
import type { StoreStatus } from '../ports.js';

export interface Backend {
  readonly id: string;
  write(request: WriteRequest, done: (outcome: Written | Failure) => void): void;
  read(request: ReadRequest, done: (outcome: Found | Failure) => void): void;
  locate(key: Buffer, done: (location: Location | Failure) => void): void;
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
