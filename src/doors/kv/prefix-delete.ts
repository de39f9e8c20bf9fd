/**
 * `DELETE /kv?prefix=…&confirm=…`: for maintenance. All keys that begin so are listed, and deleted
 * one by one, as if by themselves: it is never all or nothing. It does a bounded number of them and
 * says what it did, and where to go on.
 *
 * A key that is written meanwhile may be deleted, or not.
 */
import { eachLimit } from '../../core/each-limit.js';
import type { Failure, ListedKey, WriteRequest } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { cursorOf } from './cursor.js';
import { listQuery, prefixOf } from './list-query.js';
import { writeOptions } from './parameters.js';
import { refuseConditions } from './request-headers.js';

const USUAL_LIMIT = 1000;
const MOST_LIMIT = 1000;
/** Keys that are deleted at a time. */
const AT_ONCE = 32;
/** Of those that could not be deleted so many are named. */
const NAMED = 10;

export function deletePrefix(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters(
    ...['prefix', 'confirm', 'limit', 'cursor'],
    ...['consistency', 'w', 'timeout'],
  );
  refuseConditions(exchange);
  const prefix = prefixOf(exchange);
  if (prefix.length === 0) {
    throw new Problem('bad_request', 'prefix is missing: every key begins with nothing');
  }
  if (exchange.parameters.get('confirm') !== exchange.parameters.get('prefix')) {
    const detail = 'confirm has to repeat the prefix: all keys that begin so are deleted';
    throw new Problem('bad_request', detail);
  }
  const { scope, range } = listQuery(exchange);
  const options = writeOptions(exchange, context);
  const limit = exchange.integer('limit', 1, MOST_LIMIT) ?? USUAL_LIMIT;
  const { timeoutMs } = options;
  const listed = { level: 'quorum', timeoutMs, withValues: false, reverse: false } as const;
  context.backend.list({ range, limit, ...listed }, (outcome) => {
    if (!outcome.ok) return exchange.problem(Problem.from(outcome));
    const { keys, next } = outcome;
    deleteAll(context, keys, options, ({ deleted, failures }) => {
      exchange.json(200, {
        deleted,
        failed: failures.length,
        ...(failures.length > 0 && { failures: failures.slice(0, NAMED) }),
        next: next ? cursorOf(scope, next) : null,
      });
    });
  });
}

interface Done {
  readonly deleted: number;
  /** Of each key that was not, or of which that is not known. */
  readonly failures: readonly (Pick<Failure, 'code' | 'detail' | 'applied'> & { key: string })[];
}

function deleteAll(
  { backend }: DoorContext,
  keys: readonly ListedKey[],
  options: Pick<WriteRequest, 'level' | 'timeoutMs'>,
  done: (done: Done) => void,
): void {
  const nothing = { value: undefined, contentType: '', expiresAt: 0 };
  const failures: Done['failures'][number][] = [];
  eachLimit(
    keys,
    AT_ONCE,
    ({ key }, ended) =>
      backend.write({ key, ...nothing, ...options }, (outcome) => {
        if (!outcome.ok) {
          const { code, detail, applied } = outcome;
          failures.push({ key: key.toString('utf8'), code, detail, ...(applied && { applied }) });
        }
        ended();
      }),
    () => done({ deleted: keys.length - failures.length, failures }),
  );
}
