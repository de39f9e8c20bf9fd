/** `/kv/{key}`: raw bytes in, raw bytes out. The key is all of the path behind `/kv/`. */
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { MAX_CONTENT_TYPE_BYTES, originOf } from '../../core/data/record.js';
import { timeToLive } from '../../core/data/visible.js';
import { preconditionFailed } from '../../core/failures.js';
import type { Backend, DoorContext } from '../context.js';
import { sendOptions } from '../http/cors.js';
import { etagOf } from '../http/etag.js';
import type { Exchange } from '../http/exchange.js';
import { formatHttpDate } from '../http/http-date.js';
import { keyInPath } from '../http/key-parameter.js';
import { methodNotAllowed, Problem } from '../http/problem.js';
import { UNTRUSTED } from '../http/untrusted.js';
import {
  LEVEL_HEADER,
  sendAbsent,
  sendExplained,
  sendWritten,
  TTL_HEADER,
  ttlField,
} from './answers.js';
import { BATCH_PATH, postBatch } from './batch.js';
import { expiryOf, readOptions, writeOptions } from './parameters.js';
import { readConditionOf } from './request-headers.js';
import { DEFAULT_CONTENT_TYPE } from './rules.js';
import { touch } from './touch.js';

export const KV_PREFIX = '/kv/';
/** What can be done to a key. */
export const KV_METHODS = 'GET, HEAD, PUT, POST, DELETE, OPTIONS';

export function serveKey(exchange: Exchange, context: DoorContext): void {
  const key = keyInPath(exchange.path.slice(KV_PREFIX.length));
  switch (exchange.method) {
    case 'GET':
    case 'HEAD':
      return get(exchange, context, key);
    case 'PUT':
      return put(exchange, context, key);
    case 'POST':
      if (isBatch(exchange)) return postBatch(exchange, context);
      return touch(exchange, context, key);
    case 'DELETE':
      return remove(exchange, context, key);
    case 'OPTIONS':
      return sendOptions(exchange, KV_METHODS);
    default:
      throw methodNotAllowed(exchange.method, KV_METHODS);
  }
}

function isBatch({ path, parameters }: Exchange): boolean {
  return path === BATCH_PATH && !parameters.has('ttl');
}

function get(exchange: Exchange, context: DoorContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'r', 'timeout', 'explain');
  const condition = readConditionOf(exchange);
  const request = { key, ...readOptions(exchange, context) };
  exchange.requireRoom(context.settings.maxValueBytes);
  context.backend.read(request, (outcome) => {
    if (!outcome.ok) return exchange.problem(Problem.from(outcome));
    const { record, reached, absent } = outcome;
    const now = context.clock.now();
    if (request.explain) {
      const etag = record ? etagOf(originOf(record)) : null;
      const gone = record && absent && { [absent]: true };
      const ttl = record && !absent ? ttlField(timeToLive(record.expiresAt, now)) : {};
      return sendExplained(exchange, outcome, { etag, ...ttl, ...gone });
    }
    if (absent) return sendAbsent(exchange, reached);
    const { contentType, value, expiresAt } = outcome.record;
    const origin = originOf(outcome.record);
    // Another node's clock may be ahead, but no date of an answer may lie behind its own.
    const modifiedAt = formatHttpDate(Math.min(wallTimeOf(origin.time), now));
    const headers = ['ETag', etagOf(origin), 'Last-Modified', modifiedAt, LEVEL_HEADER, reached];
    if (expiresAt !== 0) headers.push(TTL_HEADER, String(timeToLive(expiresAt, now)));
    const instead = condition?.(origin);
    if (instead === 304) return exchange.send(304, headers);
    if (instead === 412) return exchange.problem(Problem.from(preconditionFailed(origin, 'no')));
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
  const expiresAt = expiryOf(exchange, context);
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

function write(
  exchange: Exchange,
  context: DoorContext,
  request: Parameters<Backend['write']>[0],
): void {
  context.backend.write(request, (outcome) => sendWritten(exchange, context, outcome, request));
}
