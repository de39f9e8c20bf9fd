/**
 * The knobs of a node: of each the unit, what holds where nothing else is said, its bounds, and
 * what turning it does. Those of the failure detector stand in `actors/membership/config.ts`.
 */
import { MAX_KEY_BYTES } from './data/record.js';
import { VALUE_BYTES_LIMIT } from './wire/limits.js';

export interface Knob {
  readonly otherwise: number;
  readonly least: number;
  readonly most: number;
}

const HOUR_MS = 3_600_000;
const LEAST_SCRUB_MS = 1000;
/** Bytes. */
export const MIB = 2 ** 20;

export const KNOBS = {
  /** Bytes. Larger values keep a peer's bulk socket, and a batch of the store, busy for longer. */
  maxValueBytes: { otherwise: MIB, least: 1, most: VALUE_BYTES_LIMIT },
  /** The deadline of a request that names none. Longer hides what is slow, shorter gives it up. */
  requestTimeoutMs: { otherwise: 2000, least: 1, most: 60_000 },
  /**
   * How far a version may be ahead of our clock before it is refused. Larger tolerates worse
   * clocks; smaller bounds how long a wrong one can win over later writes.
   */
  maxClockDriftMs: { otherwise: 500, least: 1, most: HOUR_MS },
  /**
   * Requests in flight at a coordinator. More would only wait in line, until their clients have
   * given up.
   */
  maxInFlight: { otherwise: 1000, least: 1, most: 1_000_000 },
  /** Bytes of keys and values in flight there, and of what a door holds for its clients. */
  maxInFlightBytes: { otherwise: 256 * MIB, least: MAX_KEY_BYTES, most: 2 ** 40 },
  /**
   * After so long a read asks one more owner, until it is known how long answers usually take.
   * Smaller asks needlessly while a node is cold.
   */
  hedgeAfterMs: { otherwise: 50, least: 1, most: 60_000 },
  /** A request that takes longer is told of (`request.slow`), with what happened to it. */
  slowRequestMs: { otherwise: 500, least: 1, most: 60_000 },
  /**
   * How long a dead member keeps its place; 0: for ever. Longer than any restart or reboot, or its
   * data moves for nothing; shorter, and lost copies are made good sooner.
   */
  evictAfterMs: { otherwise: 300_000, least: 0, most: 720 * HOUR_MS },
  /**
   * How long a hint is kept for an owner that is away (Dynamo and Cassandra: three hours). What is
   * given up is left to the comparison of hash trees.
   */
  hintWindowMs: { otherwise: 3 * HOUR_MS, least: 1, most: 720 * HOUR_MS },
  /**
   * How long a tombstone, and what has expired, is kept at least before it goes; 0: for ever.
   * Longer than hints are, or one of them may bring back what was deleted. For so long a write that
   * is sent again under its `Idempotency-Key` is known, even if the key was deleted after it.
   */
  tombstoneMinAgeMs: { otherwise: 24 * HOUR_MS, least: 0, most: 8760 * HOUR_MS },
  /** How fast others may bring what this node has missed: more delays the requests beside it. */
  hintBytesPerSecond: { otherwise: 8 * MIB, least: 1, most: 2 ** 40 },
  /**
   * In this time each partition is compared with its other owners about once. Shorter finds
   * differences sooner; each comparison costs a small message per owner, more where they differ.
   */
  compareEveryMs: { otherwise: 60_000, least: 100, most: 24 * HOUR_MS },
  /**
   * In this time every row is read once, to find what the disk has lost; 0: none is. Shorter finds
   * it sooner; each time all of the database is read.
   */
  scrubEveryMs: { otherwise: 168 * HOUR_MS, least: 0, most: 8760 * HOUR_MS },
  /** How fast data is fetched from other nodes at most: more delays the requests beside it. */
  transferBytesPerSecond: { otherwise: 64 * MIB, least: 1, most: 2 ** 40 },
  /**
   * Bytes of records in memory, in front of the store: what was read or written lately is read
   * without it. More finds more there.
   */
  recordCacheBytes: { otherwise: 32 * MIB, least: 0, most: 1024 * MIB },
  /**
   * Memory in which the store keeps pages of its database: what it reads again from there needs no
   * call of the system. More is quicker where the busy part of the data does not fit; the system
   * keeps the files in memory of its own, too, as far as there is any.
   */
  storeCacheBytes: { otherwise: 16 * MIB, least: MIB, most: 2 ** 40 },
  /** Bytes of the flight recorder: facts as they are sent. More reaches further back. */
  recorderBytes: { otherwise: 16 * MIB, least: 64 << 10, most: 2 ** 40 },
} as const satisfies { readonly [name: string]: Knob };

export type KnobName = keyof typeof KNOBS;
export type Tuning = { readonly [N in KnobName]: number };

/** What holds where nothing else is said. */
export const USUAL = Object.fromEntries(
  Object.entries(KNOBS).map(([name, { otherwise }]) => [name, otherwise]),
) as Tuning;

/** Why these cannot be, or not be together, in one sentence; undefined if they can. */
export function objectionToTuning(tuning: Tuning): string | undefined {
  for (const [name, { least, most }] of Object.entries(KNOBS)) {
    const value = tuning[name as KnobName];
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      return `${name} is ${value}, and has to be a whole number from ${least} to ${most}`;
    }
  }
  if (tuning.maxInFlightBytes < tuning.maxValueBytes + MAX_KEY_BYTES) {
    return 'maxInFlightBytes has no room for one value of maxValueBytes and its key';
  }
  if (tuning.hintWindowMs < tuning.requestTimeoutMs) {
    return 'hintWindowMs is below requestTimeoutMs: a hint would be given up before its write ends';
  }
  if (tuning.scrubEveryMs > 0 && tuning.scrubEveryMs < LEAST_SCRUB_MS) {
    return `scrubEveryMs is below ${LEAST_SCRUB_MS}: nothing else would be done`;
  }
  const { hintWindowMs, maxClockDriftMs, tombstoneMinAgeMs } = tuning;
  const leastAgeMs = hintWindowMs + KNOBS.requestTimeoutMs.most + 2 * maxClockDriftMs;
  if (tombstoneMinAgeMs !== 0 && tombstoneMinAgeMs < leastAgeMs) {
    return (
      `tombstoneMinAgeMs is below ${leastAgeMs}: hintWindowMs, the longest request and twice ` +
      'maxClockDriftMs together; a late hint could bring back what was deleted'
    );
  }
  return undefined;
}
