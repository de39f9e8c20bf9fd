/**
 * Whether members may be taken out of the ring because they are dead, before they are evicted for
 * it, and by whose word.
 *
 * By agreement, if a majority of the voters can be reached and the data can be fetched from the
 * owners that are left. If not, nothing that was lost can be proven to be lost: only an operator
 * knows whether the dead will come back, and `force` is the word for "never".
 */

import type { NodeId } from '../data/version.js';
import type { Failure, FailureCode } from '../requests.js';
import { votesAmong } from '../ring/quorum.js';
import { ownersOf, type Ring, votersOf } from '../ring/ring.js';
import { stuckPartitions } from '../ring/transfer-quorum.js';
import { count, named } from './sentences.js';

export interface RemoveRequest {
  readonly ids: readonly NodeId[];
  /** The operator's word that these nodes are gone for good. */
  readonly force: boolean;
}

export interface Removal {
  readonly ok: true;
  readonly removing: readonly NodeId[];
  /** Without the voters' agreement: it was asked for, and there was no other way. */
  readonly forced: boolean;
  /** Partitions of which no live present owner is left; their data is gone. */
  readonly lost: readonly number[];
  /** Partitions whose live owners may have missed acknowledged writes; `lost` is among them. */
  readonly incomplete: readonly number[];
}

export interface RemovalInput extends RemoveRequest {
  readonly ring: Ring;
  /** Whether the failure detector holds a member for dead. */
  readonly isDead: (id: NodeId) => boolean;
  /** Whether a member can be reached from here. */
  readonly isReachable: (id: NodeId) => boolean;
}

export function judgeRemoval(input: RemovalInput): Removal | Failure {
  const { ring, ids, force, isReachable } = input;
  const alive = ids.filter((id) => !input.isDead(id));
  if (alive.length > 0) {
    const detail = `not found dead: ${named(alive)}; use leave on what is alive`;
    return refused('change_refused', detail);
  }
  const voters = votesAmong(votersOf(ring), isReachable);
  const hasMajority = voters.alive >= voters.needed;
  const { lost, incomplete } = damage(input);
  const agreed: Removal = { ok: true, removing: ids, forced: false, lost: [], incomplete: [] };
  if (hasMajority && incomplete.length === 0) return agreed;
  if (force) return { ok: true, removing: ids, forced: true, lost, incomplete };
  const how =
    `Start them again if that is possible. If they are gone for good, force=${ids.join(',')} ` +
    `removes them without asking: ${whatMayBeLost(lost.length, incomplete.length)}`;
  if (!hasMajority) {
    const { alive: got, needed } = voters;
    const detail = `${needed} voters have to agree and ${got} can be reached. ${how}`;
    return { ...refused('no_majority', detail), needed, got };
  }
  const which = `${count(incomplete.length, 'partition')} (${named(incomplete)})`;
  return refused('change_refused', `too few owners of ${which} can be reached. ${how}`);
}

/** One sentence. */
export function whatMayBeLost(lost: number, incomplete: number): string {
  if (incomplete === 0) return 'no acknowledged write is lost, as enough owners of all are left.';
  const some = `acknowledged writes may be missing from ${count(incomplete, 'partition')}`;
  return lost === 0 ? `${some}.` : `${some}, ${lost} of which have no live copy left.`;
}

function refused(code: FailureCode, detail: string): Failure {
  return { ok: false, code, detail };
}

/** Among the partitions of those that are to be removed. */
function damage({ ring, ids, isReachable }: RemovalInput) {
  const owned = ring.layout.flatMap((_, partition) =>
    ownersOf(ring, partition).present.some((id) => ids.includes(id)) ? [partition] : [],
  );
  const stuck = stuckPartitions(ring, isReachable, owned);
  return {
    lost: stuck.filter(({ alive }) => alive === 0).map(({ partition }) => partition),
    incomplete: stuck.map(({ partition }) => partition),
  };
}
