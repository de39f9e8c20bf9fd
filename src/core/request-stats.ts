/** How the requests of clients ended: how many, how soon, and why not. */
import { present } from './assert.js';
import { DURATION_BOUNDS_MS, Histogram } from './histogram.js';
import type { Failure, FailureCode, Level } from './requests.js';

export type RequestOperation = 'get' | 'put' | 'delete' | 'list';
export const REQUEST_OPERATIONS: readonly RequestOperation[] = ['get', 'put', 'delete', 'list'];

/** `number`: an own number of owners, whichever it was. */
export const LEVEL_NAMES = ['one', 'quorum', 'all', 'linearizable', 'any', 'number'] as const;
type LevelName = (typeof LEVEL_NAMES)[number];

/**
 * `ok`: done, or found, or found to be absent. `rejected`: the answer to what was asked is no.
 * `failed`: it could not be done, and was not. `unknown`: nobody can tell whether it was.
 */
export const OUTCOMES = ['ok', 'rejected', 'failed', 'unknown'] as const;
export type RequestOutcome = (typeof OUTCOMES)[number];

const OUTCOME_OF: { readonly [code in FailureCode]: RequestOutcome } = {
  quorum_unavailable: 'failed',
  outcome_unknown: 'unknown',
  precondition_failed: 'rejected',
  operation_reused: 'rejected',
  contention: 'failed',
  overloaded: 'failed',
  read_only: 'failed',
  clock_drift: 'failed',
  not_ready: 'failed',
  shutting_down: 'failed',
  level_impossible: 'rejected',
  change_refused: 'rejected',
  no_majority: 'failed',
};

export interface RequestSeries {
  readonly operation: RequestOperation;
  readonly level: LevelName;
  readonly outcome: RequestOutcome;
  /** In ms, from when it was taken to when its answer was there. */
  readonly durations: Histogram;
}

export class RequestStats {
  /** Every combination of operation, level and outcome, from the start. */
  readonly series: readonly RequestSeries[];
  /** Since the start, by code. */
  readonly failures: { readonly [O in RequestOperation]: FailureCounts };

  constructor() {
    this.series = REQUEST_OPERATIONS.flatMap((operation) =>
      LEVEL_NAMES.flatMap((level) =>
        OUTCOMES.map((outcome) => {
          return { operation, level, outcome, durations: new Histogram(DURATION_BOUNDS_MS) };
        }),
      ),
    );
    this.failures = Object.fromEntries(
      REQUEST_OPERATIONS.map((operation) => [operation, noFailures()]),
    ) as RequestStats['failures'];
  }

  /** A request has ended. `failure`: undefined if all went well. */
  note(
    operation: RequestOperation,
    level: Level,
    failure: Failure | undefined,
    tookMs: number,
  ): void {
    if (failure) this.failures[operation][failure.code]++;
    const name = typeof level === 'number' ? 'number' : level;
    const outcome = failure ? OUTCOME_OF[failure.code] : 'ok';
    // In the order in which they were made above.
    const place =
      (REQUEST_OPERATIONS.indexOf(operation) * LEVEL_NAMES.length + LEVEL_NAMES.indexOf(name)) *
        OUTCOMES.length +
      OUTCOMES.indexOf(outcome);
    present(this.series[place], 'a series for every end').durations.note(tookMs);
  }
}

type FailureCounts = { [code in FailureCode]: number };

function noFailures(): FailureCounts {
  const codes = Object.keys(OUTCOME_OF) as FailureCode[];
  return Object.fromEntries(codes.map((code) => [code, 0])) as FailureCounts;
}
