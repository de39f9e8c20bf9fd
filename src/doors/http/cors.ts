/**
 * What a browser has to be told before a page of another site may use the door: cross-origin
 * resource sharing (WHATWG Fetch, section "CORS protocol"). Which pages those are, the operator
 * names; they may do whatever the node's own could.
 */
import type { Exchange } from './exchange.js';

/** Beyond what pages may read and send anyway. */
const EXPOSED = [
  'ETag',
  'Link',
  'Retry-After',
  'X-Quorate-Consistency',
  'X-Quorate-Count',
  'X-Quorate-Epoch',
  'X-Quorate-Node',
  'X-Quorate-TTL',
].join(', ');
const SENT = [
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Unmodified-Since',
].join(', ');
const PREFLIGHT_SECONDS = '600';

/** Headers of every answer to a page of this origin, as a flat list of names and values. */
export function sharedWith(origin: string): readonly string[] {
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', EXPOSED];
}

/** Answers OPTIONS. `allow`: the methods that are possible, as the header spells them. */
export function sendOptions(exchange: Exchange, allow: string): void {
  const headers = ['Allow', allow];
  if (exchange.header('access-control-request-method') !== undefined) {
    headers.push('Access-Control-Allow-Methods', allow, 'Access-Control-Allow-Headers', SENT);
    headers.push('Access-Control-Max-Age', PREFLIGHT_SECONDS);
  }
  exchange.send(204, headers);
}
