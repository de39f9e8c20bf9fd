/**
 * Brings records of a backup to the owners that their keys have now. They keep their versions, so
 * twice is as once; and what is newer wins, whoever holds it.
 *
 * All owners are asked and all are waited for: what is behind a slow one would pile up. Done is
 * what a write quorum of each key's owners holds, in a transition of both sets; what another owner
 * has missed it gets as all it misses.
 */
import { type EncodedRecord, recordKey, recordVersion } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { failure } from '../../core/failures.js';
import type { Failure, Restored } from '../../core/requests.js';
import { partitionOf } from '../../core/ring/key-owners.js';
import { type OwnerSets, ownerSetsOf } from '../../core/ring/owner-sets.js';
import { everyoneIn, quorumOf, Tally } from '../../core/ring/quorum.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';

const CALL_TIMEOUT_MS = 10_000;

interface RestorerParts {
  readonly rings: Pick<CurrentRing, 'current'>;
  readonly calls: Pick<Calls, 'request'>;
  readonly supervisor: { readonly isServing: boolean };
}

/** `records`: as many as go into one message. */
export function restore(
  { rings, calls, supervisor }: RestorerParts,
  records: readonly EncodedRecord[],
  done: (outcome: Restored | Failure) => void,
): void {
  const ring = rings.current;
  if (!ring || !supervisor.isServing) return done(NOT_SERVING);
  const { epoch, writeQuorum } = ring;
  const newest = records.reduce((most, each) => Math.max(most, recordVersion(each).epoch), 0);
  if (newest >= epoch) return done(isTooLate(newest, epoch));
  const sets = ownerSetsOf(ring);
  const [bySet, byOwner] = sorted(records, sets);
  const tallies = [...bySet].map((set) => {
    const { present, coming } = set.owners;
    const groups = coming ? [present, coming] : [present];
    return new Tally(groups.map((owners) => quorumOf(owners, writeQuorum)));
  });
  const reasons = new Set<string>();
  let unanswered = byOwner.size;
  if (unanswered === 0) return done({ ok: true, epoch });
  for (const [owner, mine] of byOwner) {
    const body = { epoch, records: mine };
    calls.request(owner, 'backup.restore', body, CALL_TIMEOUT_MS, (reply) => {
      const outcome = typeof reply === 'string' ? reply : reply.outcome;
      if (outcome !== 'ok') reasons.add(outcome);
      for (const tally of tallies) {
        if (outcome === 'ok') tally.succeed(owner);
        else tally.fail(owner);
      }
      if (--unanswered > 0) return;
      const lacking = tallies.find(({ verdict }) => verdict !== 'reached');
      done(lacking ? tooFew(lacking, reasons) : { ok: true, epoch });
    });
  }
}

/** The sets of owners that they have, and what goes to each owner. */
function sorted(records: readonly EncodedRecord[], { sets, placeOf }: OwnerSets) {
  const bySet = new Set<OwnerSets['sets'][number]>();
  const byOwner = new Map<NodeId, EncodedRecord[]>();
  for (const record of records) {
    const set = sets[placeOf[partitionOf(recordKey(record), placeOf.length)] ?? 0];
    if (!set) continue;
    bySet.add(set);
    const { present, coming = [] } = set.owners;
    for (const owner of everyoneIn([{ owners: present }, { owners: coming }])) {
      const mine = byOwner.get(owner) ?? [];
      byOwner.set(owner, mine);
      mine.push(record);
    }
  }
  return [bySet, byOwner] as const;
}

const NOT_SERVING = failure('not_ready', 'this node does not serve', 'no');

function isTooLate(written: number, epoch: number): Failure {
  const why = `a record was written in epoch ${written}, and this cluster is in epoch ${epoch}`;
  const way = `POST /admin/epoch?above=${written} lets it go on above that`;
  return failure('change_refused', `${why}: ${way}`, 'no');
}

/** Some of them may be held somewhere. */
function tooFew(tally: Tally, reasons: ReadonlySet<string>): Failure {
  const { needed, got } = tally.shortfall;
  if (reasons.has('readOnly')) {
    return failure('read_only', 'the disk of an owner is full', 'unknown');
  }
  if (reasons.has('corrupt')) {
    return failure('change_refused', 'an owner finds a record damaged', 'unknown');
  }
  const detail = `${needed} owners have to hold each record, ${got} do: ${[...reasons].join(', ')}`;
  return { ...failure('quorum_unavailable', detail, 'unknown'), needed, got };
}
