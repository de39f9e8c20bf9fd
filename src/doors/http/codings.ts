/**
 * In which form a body may come: whole, as it is, in chunks or with its length. What a client has
 * done to it would have to be undone, or be kept with it; as neither happens here, such a body must
 * not be taken for the value (RFC 9110, sections 8.4 and 14.5; RFC 9112, section 6.1).
 */
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

export const CODING_DETAIL = 'Transfer-Encoding has to be chunked, or left out';

/** Of every request: what its body means cannot be told otherwise, nor where it ends. */
export function checkTransferCoding({ headers }: IncomingMessage): void {
  const coding = headers['transfer-encoding'];
  if (coding === undefined || coding === 'chunked') return;
  const codings = coding.split(',').map((each) => each.trim().toLowerCase());
  if (codings.filter((each) => each !== '').join() === 'chunked') return;
  const closing = { headers: { Connection: 'close' } };
  throw new Problem('transfer_coding_unknown', CODING_DETAIL, closing);
}

/** Of a request whose body is the value, or holds it. */
export function checkBodyForm({ headers }: IncomingMessage): void {
  if (headers['content-range'] !== undefined) {
    const detail = 'a body is the whole value: Content-Range, for a part of it, is not supported';
    throw new Problem('bad_request', detail);
  }
  const coding = headers['content-encoding'];
  if (coding === undefined || /^(?:identity)?$/i.test(coding)) return;
  const detail =
    'Content-Encoding would be lost: send the value as it is, or name its form in Content-Type';
  throw new Problem('content_coding_unsupported', detail, {
    headers: { 'Accept-Encoding': 'identity' },
  });
}
