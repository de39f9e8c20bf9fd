/**
 * Asks every owner of a key what it holds: the view an operator wants when two owners differ. Its
 * value comes along, as what it expires at stands in the record.
 */
import { present } from '../../core/assert.js';
import { decodeRecord, isIntactRecord } from '../../core/data/record.js';
import { timeToLive, visible } from '../../core/data/visible.js';
import type { Failure, Location } from '../../core/requests.js';
import { partitionOf } from '../../core/ring/key-owners.js';
import { allMembers, allOwners, ownersOf } from '../../core/ring/ring.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';

const TIMEOUT_MS = 1000;

interface LocateParts {
  readonly key: Buffer;
  readonly rings: CurrentRing;
  readonly calls: Calls;
  /** The cluster's time, by which values expire. */
  readonly wallMs: () => number;
}

export function locate(
  { key, rings, calls, wallMs }: LocateParts,
  done: (location: Location | Failure) => void,
): void {
  const ring = rings.current;
  if (!ring) return done({ ok: false, code: 'not_ready', detail: 'this node has no ring yet' });
  const { epoch } = ring;
  const partition = partitionOf(key, ring.layout.length);
  const ownership = ownersOf(ring, partition);
  const address = new Map(allMembers(ring).map((member) => [member.id, member.address]));
  const ids = allOwners(ownership);
  const owners: Location['owners'][number][] = [];
  for (const id of ids) {
    const body = { epoch, timeoutMs: TIMEOUT_MS, withValue: true, key };
    calls.request(id, 'replica.read', body, TIMEOUT_MS, (reply) => {
      const base = {
        id,
        address: present(address.get(id), 'the address of an owner'),
        coming: !ownership.present.includes(id),
      };
      if (typeof reply === 'string') owners.push({ ...base, answer: 'no answer' });
      else if (reply.outcome === 'corrupt') owners.push({ ...base, answer: 'corrupt' });
      else if (reply.outcome !== 'ok') owners.push({ ...base, answer: 'no answer' });
      else if (!reply.version) owners.push({ ...base, answer: 'absent' });
      else if (!reply.record || !isIntactRecord(reply.record)) {
        owners.push({ ...base, answer: 'corrupt' });
      } else {
        const record = decodeRecord(reply.record);
        const { absent: gone } = visible(record, wallMs());
        const ttl = gone ? undefined : timeToLive(record.expiresAt, wallMs());
        owners.push({
          ...{ ...base, answer: 'found', version: reply.version },
          ...(gone && { gone }),
          ...(ttl !== undefined && { ttl }),
        });
      }
      if (owners.length < ids.length) return;
      owners.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
      done({ partition, epoch, owners });
    });
  }
}
