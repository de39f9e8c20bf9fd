/**
 * The headers of a key's request that change what it means: conditions (RFC 9110, section 13) and
 * the name of a retry. They are checked here and nowhere else.
 *
 * A condition that is not understood must not be taken for none: the write would be made whatever
 * is there. So every form that has no meaning here is refused.
 */
import { createHash } from 'node:crypto';
import { present } from '../../core/assert.js';
import { OPERATION_BYTES } from '../../core/data/record.js';
import type { Version } from '../../core/data/version.js';
import type { Condition } from '../../core/requests.js';
import { parseEtag } from '../http/etag.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';

/** A string or a token of structured fields (RFC 9651). */
const OPERATION = /^(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\w.:+/=~-]{1,255}))$/;

/** What `If-Match` or `If-None-Match: *` demand of what is written over. */
export function conditionOf(exchange: Exchange): Condition | undefined {
  refuseDates(exchange);
  const match = exchange.header('if-match');
  const noneMatch = exchange.header('if-none-match');
  if (match !== undefined && noneMatch !== undefined) {
    throw new Problem('bad_request', 'If-Match and If-None-Match exclude each other');
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === '*') return { kind: 'absent' };
    throw new Problem('bad_request', 'If-None-Match has to be * where something is written');
  }
  if (match === undefined) return undefined;
  if (match.trim() === '*') return { kind: 'present' };
  return { kind: 'matches', versions: match.split(',').map((etag) => versionOf(etag.trim())) };
}

/**
 * By which a write is known again when the client retries it, hashed: `Idempotency-Key`, as in the
 * draft of the IETF's HTTP API group.
 */
export function operationOf(exchange: Exchange): Uint8Array | undefined {
  const header = exchange.header('idempotency-key');
  if (header === undefined) return undefined;
  const match = OPERATION.exec(header.trim());
  if (!match) {
    const detail = 'Idempotency-Key has to be 1 to 255 characters of ASCII, best in quotes';
    throw new Problem('bad_request', detail);
  }
  const id = present(match[1] ?? match[2], 'an operation id');
  return createHash('sha256').update(id).digest().subarray(0, OPERATION_BYTES);
}

/** For requests that take no condition. */
export function refuseConditions(exchange: Exchange): void {
  refuseMatch(exchange);
  if (exchange.header('idempotency-key') !== undefined) {
    throw new Problem('bad_request', 'Idempotency-Key is for PUT and DELETE of /kv');
  }
  if (exchange.header('if-none-match') === undefined) return;
  throw new Problem('bad_request', 'this request takes no condition; PUT and DELETE /kv do');
}

/** For reads, which may only say what they have already. */
export function refuseMatch(exchange: Exchange): void {
  refuseDates(exchange);
  if (exchange.header('if-match') === undefined) return;
  throw new Problem('bad_request', 'If-Match is for PUT and DELETE of /kv');
}

/** Whether the client of a read has this version by what it says in `If-None-Match`. */
export function isKnown(exchange: Exchange, etag: string): boolean {
  const known = exchange.header('if-none-match');
  if (known === undefined) return false;
  return known.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()));
}

/** A second is too coarse to tell one version from the next. */
function refuseDates(exchange: Exchange): void {
  if (exchange.header('if-unmodified-since') === undefined) return;
  const detail = 'If-Unmodified-Since is not supported; If-Match with the ETag is exact';
  throw new Problem('bad_request', detail);
}

function versionOf(etag: string): Version {
  const version = parseEtag(etag);
  if (version) return version;
  const shown = JSON.stringify(etag.slice(0, 100));
  throw new Problem('bad_request', `If-Match: ${shown} is no ETag of this store`);
}
