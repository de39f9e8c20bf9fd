/** What the query of a key's request asks for: how many owners, how long, whether to explain. */
import type { Level } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { conditionOf, type Headers, operationOf } from './request-headers.js';
import { checkRead, checkWrite, LEVELS, MAX_TIMEOUT_MS, MAX_TTL_SECONDS } from './rules.js';

/** A millisecond, as expiry is kept. */
const MIN_TTL_SECONDS = 0.001;
const TTL_RANGE = `seconds, from ${MIN_TTL_SECONDS} to ${MAX_TTL_SECONDS}`;
/** 2001, ms: what is less is a time in seconds. */
const EARLIEST_EXPIRY = 1e12;

export function readOptions(exchange: Exchange, context: DoorContext) {
  const level = levelOf(exchange, 'r');
  checkRead(level);
  return { level, timeoutMs: timeoutOf(exchange, context), ...explainOf(exchange) };
}

/** `headers`: where they are others than those of the request. */
export function writeOptions(
  exchange: Exchange,
  context: DoorContext,
  headers: Headers = exchange,
) {
  const level = levelOf(exchange, 'w');
  const condition = conditionOf(headers);
  const operation = operationOf(headers);
  checkWrite(level, condition !== undefined, operation !== undefined);
  return {
    level,
    timeoutMs: timeoutOf(exchange, context),
    ...(condition && { condition }),
    ...(operation && { operation }),
    ...explainOf(exchange),
  };
}

/** When a value expires by `ttl=`, in milliseconds since 1970; 0 = never. */
export function expiryOf(exchange: Exchange, { clock }: DoorContext): number {
  const text = exchange.parameters.get('ttl');
  if (text === null) return 0;
  return clock.now() + ttlMsOf(/^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : undefined);
}

function ttlMsOf(seconds: unknown): number {
  const isNumber = typeof seconds === 'number';
  if (isNumber && seconds >= MIN_TTL_SECONDS && seconds <= MAX_TTL_SECONDS) {
    return Math.round(seconds * 1000);
  }
  throw new Problem('bad_request', `ttl has to be ${TTL_RANGE}`);
}

/** The same of fields of JSON: `ttl`, or the moment itself, which may have passed. */
export function expiryIn(
  { ttl, expiresAt }: { readonly ttl?: unknown; readonly expiresAt?: unknown },
  { clock }: DoorContext,
): number {
  const nowMs = clock.now();
  if (expiresAt === undefined) {
    return ttl === undefined ? 0 : nowMs + ttlMsOf(ttl);
  }
  if (ttl !== undefined) throw new Problem('bad_request', 'ttl and expiresAt exclude each other');
  if (isWithin(expiresAt, EARLIEST_EXPIRY, nowMs + MAX_TTL_SECONDS * 1000)) return expiresAt;
  const detail = 'expiresAt has to be milliseconds since 1970, and at most ten years from now';
  throw new Problem('bad_request', detail);
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
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

function timeoutOf(exchange: Exchange, { settings }: DoorContext): number {
  return exchange.integer('timeout', 1, MAX_TIMEOUT_MS) ?? settings.requestTimeoutMs;
}

function explainOf(exchange: Exchange): { explain?: true } {
  return exchange.integer('explain', 0, 1) === 1 ? { explain: true } : {};
}
