/** `/kv/{key}`: raw bytes in, raw bytes out. The key is all of the path behind `/kv/`. */
import { wallTimeOf } from '../core/hybrid-clock.js';
import { decodeKey } from '../core/key.js';
import { isLive, MAX_CONTENT_TYPE_BYTES } from '../core/record.js';
import type { Level } from '../core/requests.js';
import { formatVersion, type Version } from '../core/version.js';
import type { Clock } from '../ports.js';
import type { Backend, HttpSettings } from './backend.js';
import type { Exchange } from './exchange.js';
import { Problem } from './problem.js';

export const KV_PREFIX = '/kv/';
const ALLOW = 'GET, HEAD, PUT, DELETE';
const MAX_TTL_SECONDS = 10 * 365 * 86_400;
const MAX_TIMEOUT_MS = 60_000;
const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

export interface KvContext {
  readonly backend: Backend;
  readonly settings: HttpSettings;
  readonly clock: Clock;
}

export function serveKey(exchange: Exchange, context: KvContext): void {
  const key = decodeKey(exchange.path.slice(KV_PREFIX.length));
  if (typeof key === 'string') throw new Problem('key_invalid', key);
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return get(exchange, context, key);
    case 'PUT':
      return put(exchange, context, key);
    case 'DELETE':
      return remove(exchange, context, key);
    default:
      throw methodNotAllowed(exchange.method, ALLOW);
  }
}

export function methodNotAllowed(method: string, allow: string): Problem {
  const detail = `${method} is not possible here; ${allow} is`;
  return new Problem('method_not_allowed', detail, { headers: { Allow: allow } });
}

function get(exchange: Exchange, { backend, settings, clock }: KvContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'r', 'timeout');
  const request = {
    key,
    level: levelOf(exchange, 'r'),
    timeoutMs: exchange.integer('timeout', 1, MAX_TIMEOUT_MS) ?? settings.requestTimeoutMs,
  };
  backend.read(request, (outcome) => {
    if (!outcome.ok) return exchange.problem(Problem.from(outcome));
    const { record } = outcome;
    if (!record || !isLive(record, clock.now())) {
      return exchange.problem(new Problem('not_found', 'there is no value under this key'));
    }
    const etag = etagOf(record.version);
    const headers = ['ETag', etag, 'Last-Modified', lastModified(record.version)];
    if (matches(exchange.header('if-none-match'), etag)) return exchange.send(304, headers);
    headers.push('Content-Type', record.contentType);
    exchange.send(200, headers, record.value as Buffer);
  });
}

function put(exchange: Exchange, context: KvContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'w', 'timeout', 'ttl');
  const contentType = exchange.header('content-type') ?? DEFAULT_CONTENT_TYPE;
  if (contentType.length > MAX_CONTENT_TYPE_BYTES) {
    throw new Problem('bad_request', `Content-Type is longer than ${MAX_CONTENT_TYPE_BYTES} bytes`);
  }
  const ttl = exchange.integer('ttl', 1, MAX_TTL_SECONDS);
  const expiresAt = ttl === undefined ? 0 : context.clock.now() + ttl * 1000;
  const options = writeOptions(exchange, context);
  exchange.body(context.settings.maxValueBytes, (value) => {
    write(exchange, context, { key, value, contentType, expiresAt, ...options });
  });
}

function remove(exchange: Exchange, context: KvContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'w', 'timeout');
  const nothing = { value: undefined, contentType: '', expiresAt: 0 };
  write(exchange, context, { key, ...nothing, ...writeOptions(exchange, context) });
}

function writeOptions(exchange: Exchange, { settings }: KvContext) {
  if (exchange.header('if-match') ?? exchange.header('if-none-match')) {
    throw new Problem('unsupported', 'conditional writes are not supported yet; nothing was done');
  }
  return {
    level: levelOf(exchange, 'w'),
    timeoutMs: exchange.integer('timeout', 1, MAX_TIMEOUT_MS) ?? settings.requestTimeoutMs,
  };
}

function write(
  exchange: Exchange,
  { backend }: KvContext,
  request: Parameters<Backend['write']>[0],
): void {
  backend.write(request, (outcome) => {
    if (!outcome.ok) exchange.problem(Problem.from(outcome));
    else exchange.send(204, ['ETag', etagOf(outcome.version)]);
  });
}

/** The level from `consistency=`, or as a number from `r=` or `w=`; not both. */
function levelOf(exchange: Exchange, numeric: 'r' | 'w'): Level {
  const owners = exchange.integer(numeric, 1, 16);
  const name = exchange.parameters.get('consistency');
  if (name === null) return owners ?? 'quorum';
  if (owners !== undefined) {
    throw new Problem('bad_request', `consistency and ${numeric} exclude each other`);
  }
  if (name === 'one' || name === 'quorum' || name === 'all') return name;
  throw new Problem('bad_request', 'consistency has to be one, quorum or all');
}

export function etagOf(version: Version): string {
  return `"${formatVersion(version)}"`;
}

function lastModified(version: Version): string {
  return new Date(wallTimeOf(version.time)).toUTCString();
}

function matches(condition: string | undefined, etag: string): boolean {
  if (condition === undefined) return false;
  return condition.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()));
}
