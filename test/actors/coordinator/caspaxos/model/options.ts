/** What a run of the model may be like. */
import type { Stream } from '../../../../sim/world/random.js';

/** What is done wrongly, to see that it is found. */
export type Planted =
  /** An observation is answered without storing it under the ballot. */
  | 'skipIdentity'
  /** An owner takes what is below its promise. */
  | 'storeBelowPromise'
  | 'quorumOfOne'
  /** An owner takes a record of an epoch that is over. */
  | 'storeAcrossEpochs'
  /** A round knows nothing of what earlier rounds of its operation issued. */
  | 'forgetIssued'
  /** A version of any epoch counts as settled if a majority holds it. */
  | 'trustCopies'
  /** What a promise kept a new owner from taking counts as pulled. */
  | 'pullBelowPromise'
  /** A plain write takes it for done when a round or a mere promise stands in its way. */
  | 'roundSupersedes';

export interface Options {
  readonly seed: number;
  readonly planted?: Planted;
  /**
   * `none`: all writes go by rounds. `once`: a plain write that would have to be stamped again ends
   * there. `any`: it is stamped again.
   */
  readonly plainWrites: 'none' | 'once' | 'any';
  readonly ringChanges: boolean;
  readonly operations: number;
  /** What the weather is not left to chance in. */
  readonly weather?: Partial<Weather>;
}

/** How bad the network, the clocks and the clients are, of one run. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  /** Probability that something takes ten times as long. */
  readonly stragglers: number;
  readonly clockOffset: number;
  readonly clients: number;
  readonly repairs: number;
  readonly reads: number;
  /** Probability that a read does not wait for its last answer. */
  readonly impatient: number;
  /** Probability that a node stops after it had one owner store something, or some. */
  readonly crashes: number;
  /** No client begins anything while owners change. */
  readonly quietChanges: boolean;
}

export function weatherOf(random: Stream, given: Partial<Weather> = {}): Weather {
  return {
    loss: random.pick([0, 0, 0.03, 0.15]),
    duplication: random.pick([0, 0.1]),
    stragglers: random.pick([0, 0.1, 0.3]),
    clockOffset: random.pick([0, 20, 1000]),
    clients: random.whole(2, 4),
    repairs: random.pick([0, 0.3, 2]),
    reads: random.pick([0.2, 0.5]),
    impatient: random.pick([0, 0.2]),
    crashes: random.pick([0, 0.1, 0.4, 0.8]),
    quietChanges: random.chance(0.5),
    ...given,
  };
}
