/** What is said of a key, whichever request it answers. */
import { timeToLive } from '../../core/data/visible.js';
import type { Failure, Written } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import { etagOf } from '../http/etag.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';

/** Says which level was reached. */
export const LEVEL_HEADER = 'X-Quorate-Consistency';
/** How many seconds a value has left, as `ttl=` sets them; not there if it never expires. */
export const TTL_HEADER = 'X-Quorate-TTL';

export function sendAbsent(exchange: Exchange, reached: string): void {
  const headers = { [LEVEL_HEADER]: reached };
  const detail = 'there is no value under this key';
  exchange.problem(new Problem('not_found', detail, { headers }));
}

/** How a write has ended that was to set this expiry; `before`: what led to it, if explained. */
export function sendWritten(
  exchange: Exchange,
  { clock }: DoorContext,
  outcome: Written | Failure,
  { expiresAt, explain, before }: { expiresAt: number; explain?: boolean; before?: object },
): void {
  if (!outcome.ok) return exchange.problem(Problem.from(outcome));
  const etag = etagOf(outcome.version);
  const ttl = timeToLive(expiresAt, clock.now());
  if (explain) return sendExplained(exchange, outcome, { etag, ...ttlField(ttl), ...before });
  const headers = ['ETag', etag, LEVEL_HEADER, outcome.reached];
  if (ttl !== undefined) headers.push(TTL_HEADER, String(ttl));
  exchange.send(204, headers);
}

/** What happened, instead of the value. */
export function sendExplained(
  exchange: Exchange,
  { reached, explanation }: { reached: string; explanation?: object },
  held: object,
): void {
  exchange.json(200, { ...held, reached, ...explanation });
}

export function ttlField(ttl: number | undefined): { ttl?: number } {
  return ttl === undefined ? {} : { ttl };
}
