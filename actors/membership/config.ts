/**
 * The knobs of the failure detector, with the formulas of the SWIM and Lifeguard papers. The
 * defaults are memberlist's for a local network where nothing else is said. T is the protocol
 * period, n the number of members.
 */

export interface MembershipConfig {
  /**
   * T: every node probes one member per period. A crash is first suspected about two periods after
   * it happened, whatever n. Shorter finds crashes sooner and costs messages in proportion.
   */
  readonly periodMs: number;
  /**
   * How long the answer to a direct probe may take before others are asked to probe: above the 99th
   * percentile of round trips. Shorter leaves relays more time, and asks them for nothing more
   * often.
   */
  readonly pingTimeoutMs: number;
  /** Members asked to probe in our stead. More outvote a bad link; each costs four messages. */
  readonly indirectProbes: number;
  /**
   * Part of `pingTimeoutMs` after which a relay that has heard nothing says so (nack). When all
   * have said so the verdict falls, so smaller suspects sooner, and misses slow answers: half is
   * 250 ms, and a segment that TCP had to send twice needs 200.
   */
  readonly nackFraction: number;
  /**
   * A suspect is declared dead after at least `suspicionMultiplier · max(1, log10 n) · T`: the time
   * in which it can hear of the suspicion and refute it. Larger forgives longer pauses and finds
   * crashes later. Also sets how many others must confirm before that minimum applies:
   * `suspicionMultiplier − 2`.
   */
  readonly suspicionMultiplier: number;
  /** Unconfirmed, a suspicion lasts this many times the minimum. 1 = confirmations do not count. */
  readonly suspicionMaxMultiplier: number;
  /**
   * λ: a rumour rides on at most `λ · ⌈log10(n + 1)⌉` messages of each node. Larger reaches
   * everybody more surely, and fills messages with old news. After s sends by everybody about
   * e^−s of the nodes have missed it, until the next full exchange: with memberlist's 4, among 50
   * nodes every other mass event left somebody behind.
   */
  readonly rumourMultiplier: number;
  /**
   * Bytes of rumours on one message. Larger settles a mass event sooner (a restart of all is n
   * rumours at once); smaller keeps probes small. No datagram limits it here.
   */
  readonly rumourBytes: number;
  /** Local health runs from 0 (well) to this; intervals and timeouts grow by `score + 1`. */
  readonly localHealthMax: number;
  /**
   * A timer that fires later than this, times `score + 1`, says that we were not running: the
   * verdict is dropped and our own health suffers. Smaller trusts a busy node less.
   */
  readonly lateTimerMs: number;
  /**
   * A timer later than this many periods says that the process or machine was suspended: every
   * suspicion starts over, and for a period we raise none.
   */
  readonly gapPeriods: number;
  /**
   * Full exchange with a random member: repairs what rumours missed. Shorter repairs sooner and
   * costs about 70 bytes · n each time.
   */
  readonly syncIntervalMs: number;
  /**
   * Every this many periods one dead member of the ring is offered a full exchange, so that two
   * halves find each other. Smaller heals sooner and wastes more on what is really dead.
   */
  readonly retryDeadPeriods: number;
  /**
   * Dead or left members outside the ring are no longer shown or told after this long. Must be far
   * longer than the time in which all nodes learn of a death, or they tell each other again.
   */
  readonly forgetAfterMs: number;
  /** When their incarnation is dropped too: no message may be delayed for longer. */
  readonly tombstoneMs: number;
  /**
   * False = plain SWIM, for comparison: no local health, no nacks, fixed suspicion timeout, the
   * suspect is not told by those who probe it, and a late timer is judged like any other.
   */
  readonly lifeguard: boolean;
}

export const LAN: MembershipConfig = {
  periodMs: 1000,
  pingTimeoutMs: 500,
  indirectProbes: 3,
  nackFraction: 0.5,
  suspicionMultiplier: 4,
  suspicionMaxMultiplier: 6,
  rumourMultiplier: 8,
  rumourBytes: 4096,
  localHealthMax: 7,
  lateTimerMs: 50,
  gapPeriods: 2,
  syncIntervalMs: 30_000,
  retryDeadPeriods: 5,
  forgetAfterMs: 3_600_000,
  tombstoneMs: 24 * 3_600_000,
  lifeguard: true,
};

/** Throws `RangeError` for settings that cannot work together. */
export function checkConfig(config: MembershipConfig): MembershipConfig {
  const demand = (holds: boolean, what: string) => {
    if (!holds) throw new RangeError(`membership: ${what}`);
  };
  for (const [name, value] of Object.entries(config)) {
    if (typeof value === 'number') demand(value >= 0, `${name} is not a number from 0 up`);
  }
  demand(config.retryDeadPeriods >= 1, 'retryDeadPeriods is below 1');
  // A relay is asked when the ping has timed out and must answer before the period ends.
  demand(
    config.pingTimeoutMs * (1 + config.nackFraction) < config.periodMs,
    'pingTimeoutMs · (1 + nackFraction) is not below periodMs',
  );
  demand(config.suspicionMultiplier >= 1, 'suspicionMultiplier is below 1');
  demand(config.suspicionMaxMultiplier >= 1, 'suspicionMaxMultiplier is below 1');
  // The largest claim must fit, or it would never be told.
  demand(config.rumourBytes >= 600, 'rumourBytes is below 600');
  demand(config.forgetAfterMs < config.tombstoneMs, 'forgetAfterMs is not below tombstoneMs');
  return config;
}
