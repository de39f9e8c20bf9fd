/**
 * The headers of a key's request that change what it means: conditions (RFC 9110, section 13) and
 * the name of a retry. They are checked here and nowhere else.
 *
 * A condition that is not understood must not be taken for none: the write would be made whatever
 * is there. So every form that has no meaning here is refused.
 */
import { present } from '../../core/assert.js';
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { formatVersion, parseVersion, type Version } from '../../core/data/version.js';
import type { Condition } from '../../core/requests.js';
import { type EntityTag, parseEtags } from '../http/etag.js';
import type { Exchange } from '../http/exchange.js';
import { isAfter, parseHttpDate } from '../http/http-date.js';
import { Problem } from '../http/problem.js';
import { hashedOperation } from './rules.js';

/** Those of a request, or of something that stands for one. */
export type Headers = Pick<Exchange, 'header'>;

/** A string or a token of structured fields (RFC 9651). */
const OPERATION = /^(?:"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\w.:+/=~-]{1,255}))$/;

/** What `If-Match` or `If-None-Match: *` demand of what is written over. */
export function conditionOf(exchange: Headers): Condition | undefined {
  const match = exchange.header('if-match');
  const noneMatch = exchange.header('if-none-match');
  if (match !== undefined && noneMatch !== undefined) {
    throw new Problem('bad_request', 'If-Match and If-None-Match exclude each other');
  }
  if (match !== undefined) return matchOf(match);
  if (exchange.header('if-unmodified-since') !== undefined) {
    // A second is too coarse to tell one version from the next.
    const detail = 'If-Unmodified-Since is not supported; If-Match with the ETag is exact';
    throw new Problem('bad_request', detail);
  }
  if (noneMatch === undefined) return undefined;
  if (noneMatch.trim() === '*') return { kind: 'absent' };
  throw new Problem('bad_request', 'If-None-Match has to be * where something is written');
}

/** Tags that are weak, or of another store, match nothing here: the comparison is strong. */
function matchOf(header: string): Condition {
  if (header.trim() === '*') return { kind: 'present' };
  const strong = matchTags(header).filter(({ isWeak }) => !isWeak);
  const versions = strong.flatMap(({ opaque }) => parseVersion(opaque) ?? []);
  return { kind: 'matches', versions };
}

function matchTags(header: string): readonly EntityTag[] {
  const tags = parseEtags(header);
  if (tags) return tags;
  throw new Problem('bad_request', 'If-Match has to be * or a list of ETags in quotes');
}

/** How a value that was found is answered, if not with itself. */
export type ReadCondition = (found: Version) => 304 | 412 | undefined;

/**
 * The conditions of a read, in the order of RFC 9110, section 13.2.2: dates count only where there
 * are no tags. Where nothing is found they do not count at all.
 */
export function readConditionOf(exchange: Exchange): ReadCondition | undefined {
  const match = matchingTags(exchange.header('if-match'));
  const hasMatch = exchange.header('if-match') !== undefined;
  const unmodified = hasMatch ? undefined : dateOf(exchange, 'if-unmodified-since');
  const noneMatch = exchange.header('if-none-match');
  const modified = noneMatch === undefined ? dateOf(exchange, 'if-modified-since') : undefined;
  if (!match && unmodified === undefined && noneMatch === undefined && modified === undefined) {
    return undefined;
  }
  return (found) => {
    const opaque = formatVersion(found);
    const wallMs = wallTimeOf(found.time);
    if (match && !match.some((tag) => !tag.isWeak && tag.opaque === opaque)) return 412;
    if (unmodified !== undefined && isAfter(wallMs, unmodified)) return 412;
    if (noneMatch !== undefined) return isKnown(noneMatch, opaque) ? 304 : undefined;
    return modified === undefined || isAfter(wallMs, modified) ? undefined : 304;
  };
}

/** Of `If-Match`; `*` is met by whatever is found, and so no condition. */
function matchingTags(header: string | undefined): readonly EntityTag[] | undefined {
  return header === undefined || header.trim() === '*' ? undefined : matchTags(header);
}

/** Whether the client has this version already; the comparison is the weak one. */
function isKnown(noneMatch: string, opaque: string): boolean {
  if (noneMatch.trim() === '*') return true;
  return parseEtags(noneMatch)?.some((tag) => tag.opaque === opaque) ?? false;
}

/** What is no date is to be ignored. */
function dateOf(exchange: Exchange, name: string): number | undefined {
  const header = exchange.header(name);
  return header === undefined ? undefined : parseHttpDate(header);
}

/**
 * By which a write is known again when the client retries it, hashed: `Idempotency-Key`, as in the
 * draft of the IETF's HTTP API group.
 */
export function operationOf(exchange: Headers): Uint8Array | undefined {
  const header = exchange.header('idempotency-key');
  if (header === undefined) return undefined;
  const match = OPERATION.exec(header.trim());
  if (!match) {
    const detail = 'Idempotency-Key has to be 1 to 255 characters of ASCII, best in quotes';
    throw new Problem('bad_request', detail);
  }
  const id = present(match[1] ?? match[2], 'an operation id');
  return hashedOperation(id);
}

/** For requests that take no condition. */
export function refuseConditions(exchange: Exchange): void {
  if (exchange.header('idempotency-key') !== undefined) {
    throw new Problem('bad_request', 'Idempotency-Key is for PUT and DELETE of /kv');
  }
  for (const name of ['If-Match', 'If-None-Match', 'If-Unmodified-Since']) {
    if (exchange.header(name.toLowerCase()) === undefined) continue;
    throw new Problem('bad_request', `${name} is for /kv; this request takes no condition`);
  }
}
