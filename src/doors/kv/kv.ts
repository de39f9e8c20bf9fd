/** `/kv/{key}`: raw bytes in, raw bytes out. The key is all of the path behind `/kv/`. */
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { decodeKey } from '../../core/data/key.js';
import { MAX_CONTENT_TYPE_BYTES, originOf } from '../../core/data/record.js';
import { preconditionFailed } from '../../core/failures.js';
import type { Level } from '../../core/requests.js';
import type { Backend, DoorContext } from '../context.js';
import { sendOptions } from '../http/cors.js';
import { etagOf } from '../http/etag.js';
import type { Exchange } from '../http/exchange.js';
import { formatHttpDate } from '../http/http-date.js';
import { methodNotAllowed, Problem } from '../http/problem.js';
import { UNTRUSTED } from '../http/untrusted.js';
import { conditionOf, operationOf, readConditionOf } from './request-headers.js';

export const KV_PREFIX = '/kv/';
/** What can be done to a key. */
export const KV_METHODS = 'GET, HEAD, PUT, POST, DELETE, OPTIONS';
const MAX_TTL_SECONDS = 10 * 365 * 86_400;
const MAX_TIMEOUT_MS = 60_000;
/** Says which level was reached. */
const LEVEL_HEADER = 'X-Quorate-Consistency';
const LEVELS = ['one', 'quorum', 'all', 'linearizable', 'any'] as const;
/** At which a write that was stored is found again. */
const LEVELS_OF_RETRIES: readonly Level[] = ['quorum', 'all', 'linearizable'];
const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

export function serveKey(exchange: Exchange, context: DoorContext): void {
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
    case 'OPTIONS':
      return sendOptions(exchange, KV_METHODS);
    default:
      throw methodNotAllowed(exchange.method, KV_METHODS);
  }
}

function get(exchange: Exchange, { backend, settings, clock }: DoorContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'r', 'timeout', 'explain');
  const condition = readConditionOf(exchange);
  const level = levelOf(exchange, 'r');
  if (level === 'any') throw new Problem('bad_request', 'consistency=any is for writes');
  const request = {
    key,
    level,
    timeoutMs: exchange.integer('timeout', 1, MAX_TIMEOUT_MS) ?? settings.requestTimeoutMs,
    ...explainOf(exchange),
  };
  exchange.requireRoom(settings.maxValueBytes);
  backend.read(request, (outcome) => {
    if (!outcome.ok) return exchange.problem(Problem.from(outcome));
    const { record, reached } = outcome;
    if (request.explain) {
      const etag = record ? etagOf(originOf(record)) : null;
      const gone = record && outcome.absent && { [outcome.absent]: true };
      return explained(exchange, outcome, { etag, ...gone });
    }
    if (outcome.absent) {
      const headers = { [LEVEL_HEADER]: reached };
      const detail = 'there is no value under this key';
      return exchange.problem(new Problem('not_found', detail, { headers }));
    }
    const { contentType, value } = outcome.record;
    const origin = originOf(outcome.record);
    const etag = etagOf(origin);
    // Another node's clock may be ahead, but no date of an answer may lie behind its own.
    const modifiedAt = formatHttpDate(Math.min(wallTimeOf(origin.time), clock.now()));
    const headers = ['ETag', etag, 'Last-Modified', modifiedAt, LEVEL_HEADER, reached];
    const instead = condition?.(origin);
    if (instead === 304) return exchange.send(304, headers);
    if (instead === 412) return exchange.problem(Problem.from(preconditionFailed(origin)));
    headers.push('Content-Type', contentType, ...UNTRUSTED);
    exchange.send(200, headers, value as Buffer);
  });
}

function put(exchange: Exchange, context: DoorContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'w', 'timeout', 'ttl', 'explain');
  const contentType = exchange.header('content-type') || DEFAULT_CONTENT_TYPE;
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

function remove(exchange: Exchange, context: DoorContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'w', 'timeout', 'explain');
  const nothing = { value: undefined, contentType: '', expiresAt: 0 };
  write(exchange, context, { key, ...nothing, ...writeOptions(exchange, context) });
}

function writeOptions(exchange: Exchange, { settings }: DoorContext) {
  const level = levelOf(exchange, 'w');
  const condition = conditionOf(exchange);
  if (condition && level !== 'quorum' && level !== 'linearizable') {
    const detail = 'a conditional write is linearizable: it takes no other consistency';
    throw new Problem('bad_request', detail);
  }
  const operation = operationOf(exchange);
  if (operation && !LEVELS_OF_RETRIES.includes(level)) {
    const detail = `Idempotency-Key needs consistency ${LEVELS_OF_RETRIES.join(', ')}`;
    throw new Problem('bad_request', detail);
  }
  return {
    level,
    timeoutMs: exchange.integer('timeout', 1, MAX_TIMEOUT_MS) ?? settings.requestTimeoutMs,
    ...(condition && { condition }),
    ...(operation && { operation }),
    ...explainOf(exchange),
  };
}

function write(
  exchange: Exchange,
  { backend }: DoorContext,
  request: Parameters<Backend['write']>[0],
): void {
  backend.write(request, (outcome) => {
    if (!outcome.ok) return exchange.problem(Problem.from(outcome));
    const etag = etagOf(outcome.version);
    if (request.explain) return explained(exchange, outcome, { etag });
    exchange.send(204, ['ETag', etag, LEVEL_HEADER, outcome.reached]);
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
  const level = LEVELS.find((each) => each === name);
  if (level) return level;
  throw new Problem('bad_request', `consistency has to be one of ${LEVELS.join(', ')}`);
}

function explainOf(exchange: Exchange): { explain?: true } {
  return exchange.integer('explain', 0, 1) === 1 ? { explain: true } : {};
}

/** What happened, instead of the value. */
function explained(
  exchange: Exchange,
  { reached, explanation }: { reached: string; explanation?: object },
  held: object,
): void {
  exchange.json(200, { ...held, reached, ...explanation });
}
