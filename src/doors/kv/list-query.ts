/** What the query of a list asks for. */
import {
  ALL_KEYS,
  between,
  type KeyRange,
  prefixRange,
  restOf,
} from '../../core/data/key-range.js';
import { MAX_KEY_BYTES } from '../../core/data/record.js';
import type { ListRequest } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { validKey } from '../http/key-parameter.js';
import { Problem } from '../http/problem.js';
import { keyOfCursor, type ListScope } from './cursor.js';
import { readOptions } from './parameters.js';

export const SCOPE = ['prefix', 'after', 'before', 'reverse', 'cursor'] as const;

export interface ListQuery {
  readonly scope: ListScope;
  /** What of it has not been listed yet, by the cursor. */
  readonly range: KeyRange;
}

export function listQuery(exchange: Exchange): ListQuery {
  const reverse = exchange.integer('reverse', 0, 1) === 1;
  const prefix = prefixOf(exchange);
  const [after, before] = [keyIn(exchange, 'after'), keyIn(exchange, 'before')];
  const scope = { prefix, after, before, reverse };
  const range = between(prefix.length > 0 ? prefixRange(prefix) : ALL_KEYS, after, before);
  const cursor = exchange.parameters.get('cursor');
  if (cursor === null) return { scope, range };
  return { scope, range: restOf(range, keyOfCursor(scope, cursor), reverse) };
}

/** Empty if none is given. */
export function prefixOf(exchange: Exchange): Buffer {
  const prefix = Buffer.from(exchange.parameters.get('prefix') ?? '', 'utf8');
  if (prefix.length <= MAX_KEY_BYTES) return prefix;
  throw new Problem('bad_request', `prefix is longer than a key can be, ${MAX_KEY_BYTES} bytes`);
}

function keyIn(exchange: Exchange, name: 'after' | 'before'): Buffer | undefined {
  const text = exchange.parameters.get(name);
  return text === null ? undefined : validKey(text);
}

export function listOptions(
  exchange: Exchange,
  context: DoorContext,
): Pick<ListRequest, 'level' | 'timeoutMs' | 'explain'> {
  const { level, ...options } = readOptions(exchange, context);
  if (level === 'linearizable') {
    throw new Problem('bad_request', 'consistency=linearizable is for single keys');
  }
  return { level, ...options };
}
