/**
 * The acceptor's rule: whether an owner takes a version of a key, given what it holds of that key
 * and what it has promised. Everything that reaches an owner's disk passes it: a client's write, a
 * round, a repair, a hint, a pulled copy.
 *
 * Intuition: an owner holds the newest version it was given, and keeps its word. A promise of a
 * ballot is the word that nothing below it will be taken any more, so that the round that asked for
 * it knows all that can have been chosen before.
 *
 * Algorithm: the acceptor of CASPaxos, for all writes of a key, plain ones included, in one order
 * of versions. A promise ends when something at least as high is accepted, which then speaks for
 * itself. Beside the paper's two comparisons:
 * - What is held already is applied, even below a promise: sent again it changes nothing, and was
 *   accepted before the promise was given.
 * - A damaged row counts as a promise of its version. What it held is lost, but an older copy that
 *   comes late must not take its place and be served for it; an equal version or a newer one heals
 *   it. An equal one does so below a promise, too: as of what is held, it was accepted before that.
 *   A damaged row can be no answer to a prepare, because nobody knows what was accepted.
 * - Of a key that holds nothing, nothing is taken that is not above what was reaped in its
 *   partition (`node/stabilizer/reaper.ts`): it may be what a tombstone had ended that is gone by
 *   agreement.
 *   That is no promise, which a round could be asked to overcome: what it keeps away is worth
 *   nothing. Only what another owner still holds is taken all the same.
 * - A promise may be older than what is held: one for all keys of a partition does not know them
 *   (`store/thread/promises.ts`). Then what is held is in the way, not the promise.
 *
 * Reference: Rystsov, "CASPaxos: Replicated State Machines without logs", 2018, section 2.2.
 *
 * Rejected alternative: a rule for rounds and another for plain writes. A repair that puts back an
 * older version below a promise then undoes what the round has read.
 *
 * Versions come as whatever the caller has, with their order: the store's thread compares their
 * bytes, the simulator's store compares them as they are. The same rule in SQL, for the writes that
 * meet nothing newer, is held against this one by a test.
 */

/** Negative if `a` is older, 0 if equal, positive if newer. */
export type Order<V> = (a: V, b: V) => number;

/** What is held of a key. Of a damaged row there may be no telling which version it had. */
export type Held<V> =
  | { readonly isIntact: true; readonly version: V }
  | { readonly isIntact: false; readonly version: V | undefined };

/**
 * `accept`: to be stored, which ends a promise. `restore`: to be stored in place of the same, which
 * is damaged; a promise stays. `held`: it is there already, nothing is to be done. `superseded`: a
 * newer version is held. `promised`: nothing below `version` is taken.
 */
export type Judgement<V> =
  | { readonly kind: 'accept' }
  | { readonly kind: 'restore' }
  | { readonly kind: 'held' }
  | { readonly kind: 'superseded'; readonly version: V }
  | { readonly kind: 'promised'; readonly version: V };

/** `reaped`: nothing is held, and this is not above `version`, the highest that was reaped. */
export type Reaped<V> = { readonly kind: 'reaped'; readonly version: V };

/** `promise`: to be given. `refused`: `version` is held or promised, and not below the ballot. */
export type PrepareJudgement<V> =
  | { readonly kind: 'promise' }
  | { readonly kind: 'refused'; readonly version: V }
  | { readonly kind: 'corrupt' };

const ACCEPT = { kind: 'accept' } as const;
const RESTORE = { kind: 'restore' } as const;
const HELD = { kind: 'held' } as const;
const PROMISE = { kind: 'promise' } as const;
const CORRUPT = { kind: 'corrupt' } as const;

/** Of a version that is to be stored. `promised` is the highest ballot promised for the key. */
export function judge<V>(
  order: Order<V>,
  held: Held<V> | undefined,
  promised: V | undefined,
  incoming: V,
): Judgement<V> {
  const barrier = promised !== undefined && order(incoming, promised) < 0 ? promised : undefined;
  if (held?.version !== undefined) {
    const { version, isIntact } = held;
    const above = order(version, incoming);
    if (above === 0 && isIntact) return HELD;
    if (above === 0 && barrier !== undefined) return RESTORE;
    if (above > 0 && (barrier === undefined || order(version, barrier) > 0)) {
      return { kind: isIntact ? 'superseded' : 'promised', version };
    }
  }
  return barrier === undefined ? ACCEPT : { kind: 'promised', version: barrier };
}

/** Of a version that is to be stored, or of a ballot; undefined if it may be. */
export function judgeReaped<V>(
  order: Order<V>,
  held: unknown,
  reaped: V | undefined,
  incoming: V,
): Reaped<V> | undefined {
  if (reaped === undefined || order(incoming, reaped) > 0 || held !== undefined) return undefined;
  return { kind: 'reaped', version: reaped };
}

/** Of a ballot below which nothing is to be accepted any more. */
export function judgePrepare<V>(
  order: Order<V>,
  held: Held<V> | undefined,
  promised: V | undefined,
  ballot: V,
): PrepareJudgement<V> {
  const accepted = held?.isIntact ? held.version : undefined;
  const isPromiseHigher =
    promised !== undefined && (accepted === undefined || order(promised, accepted) > 0);
  // The higher of both: the next ballot is taken above it.
  const inTheWay = isPromiseHigher ? promised : accepted;
  if (inTheWay !== undefined && order(ballot, inTheWay) <= 0) {
    return { kind: 'refused', version: inTheWay };
  }
  return held && !held.isIntact ? CORRUPT : PROMISE;
}
