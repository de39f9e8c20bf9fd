/** What a node can say of itself in numbers at any time, without asking anybody. */
import type { NodeId } from './data/version.js';
import type { Histogram } from './histogram.js';
import type { RequestStats } from './request-stats.js';
import type { MemberStatus } from './status.js';
import type { ClusterVerdict } from './verdict.js';

export interface Measures {
  readonly id: NodeId;
  readonly cluster: ClusterMeasures;
  readonly partitions: {
    /** Of which this node is an owner, or is becoming one. */
    readonly owned: number;
    /** Of those, how many it has yet to fetch before the ring can settle. */
    readonly pulling: number;
    /** To be compared with their other owners before the rest. */
    readonly dirty: number;
    /** Held, though others own them: to be dropped. */
    readonly leftover: number;
  };
  /** Tombstones and expired rows that are old enough to go, of partitions that it looks after. */
  readonly tombstones: {
    readonly rows: number;
    /** For how long the first of them has been over; 0 if there are none. */
    readonly forMs: number;
  };
  /** Reads of a key that found its record in memory, or not; counts since the start. */
  readonly cache: { readonly hits: number; readonly misses: number };
  /** Reading of all rows, to find those that are damaged; counts since the start. */
  readonly scrub: {
    /** Partitions of this pass, and how many of them are through. */
    readonly done: number;
    readonly total: number;
    readonly rows: number;
    readonly damaged: number;
    readonly healed: number;
  };
  readonly requests: RequestStats;
  readonly coordinator: {
    readonly inFlight: number;
    /** Of these, counts since the start. */
    readonly repairs: number;
    readonly restamps: number;
    readonly rounds: number;
    readonly hedges: number;
  };
  /** The members of the ring, this node among them. */
  readonly members: readonly MemberMeasures[];
  /** Of the event stream: who follows it now, and what they have missed since the start. */
  readonly events: { readonly subscribers: number; readonly dropped: number };
  /** Counts since the start. */
  readonly hints: {
    readonly stored: number;
    readonly refused: number;
    readonly replayed: number;
    readonly expired: number;
    readonly useless: number;
    readonly received: number;
  };
}

/** As seen from here; 0 where there is no ring yet. */
export interface ClusterMeasures
  extends Pick<ClusterVerdict, 'state' | 'partitions' | 'fewerCopies' | 'withoutQuorum'> {
  readonly epoch: number;
  readonly isChanging: boolean;
}

export interface MemberMeasures {
  readonly id: NodeId;
  /** Undefined if nobody has spoken of it yet. */
  readonly status: MemberStatus | undefined;
  readonly isReachable: boolean;
  /** Hints that wait for it here. */
  readonly hints: { readonly rows: number; readonly bytes: number };
  readonly roundTrips: {
    /** In ms. */
    readonly durations: Histogram;
    readonly failures: { readonly [why: string]: number };
  };
}
