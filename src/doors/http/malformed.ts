/**
 * Refuses what has no exchange to be answered through: bytes that are no request, upgrades.
 *
 * Whole requests may stand before them on the same connection, and be under way: their answers go
 * first (RFC 9112, section 9.3.2). Where a body breaks off or makes no sense, the refusal is the
 * answer of its request.
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { CODING_DETAIL } from './codings.js';
import { Problem, type ProblemCode } from './problem.js';

/** What is told to a request whose body is being read, with a `Problem`: there is no rest of it. */
export const MALFORMED = Symbol('malformed');

/**
 * So much of what comes behind is read and thrown away: a connection that is closed with bytes
 * unread is reset, and the answer may be lost by that (RFC 9112, section 9.6).
 */
const DISCARD_BYTES = 1 << 20;

type ClientError = NodeJS.ErrnoException & {
  readonly rawPacket?: Buffer;
  readonly reason?: string;
};
/** Node keeps the response here that has the connection; its own refusals go by that, too. */
type Connection = Duplex & { readonly _httpMessage?: ServerResponse | null };

/** Of connections that were refused: how much has come behind. */
const discarded = new WeakMap<Duplex, number>();

/** For the `clientError` event: one sentence, then the connection closes. */
export function refuseMalformed(error: ClientError, socket: Duplex): void {
  if (error.code === 'ECONNRESET') return void socket.destroy();
  const before = discarded.get(socket);
  if (before === undefined) {
    discarded.set(socket, 0);
    return refuse(socket, problemOf(error));
  }
  const bytes = before + (error.rawPacket?.length ?? DISCARD_BYTES);
  discarded.set(socket, bytes);
  if (bytes > DISCARD_BYTES) socket.destroy();
}

/** One sentence in its turn, then the connection closes. */
export function refuse(socket: Connection, problem: Problem): void {
  const response = socket._httpMessage;
  if (!response) return end(socket, problem);
  if (!response.req.complete && response.req.emit(MALFORMED, problem)) return;
  // Only then the next request has the connection, and reads its body.
  response.once('close', () => setImmediate(refuse, socket, problem));
}

function end(socket: Duplex, problem: Problem): void {
  if (!socket.writable) return void socket.destroy();
  const body = `${JSON.stringify(problem)}\n`;
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOf(error: ClientError): Problem {
  const [code, detail] = wordsFor(error);
  return new Problem(code, detail, { headers: { Connection: 'close' } });
}

function wordsFor({ code, reason = '' }: ClientError): [ProblemCode, string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return ['headers_too_large', 'the headers are too large'];
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return ['headers_too_large', 'the extensions of a chunk are too large'];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['request_timeout', 'the request did not come to its end in time'];
    case 'HPE_INVALID_EOF_STATE':
      return ['bad_request', 'the request breaks off'];
    case 'HPE_INVALID_TRANSFER_ENCODING':
      // Beside a length, it is nobody's coding but an attempt to be read in two ways.
      if (reason.includes('Content-Length')) return ['bad_request', 'the body has two lengths'];
      return ['transfer_coding_unknown', CODING_DETAIL];
    case 'HPE_INVALID_URL':
      return ['bad_request', 'in a URL, bytes beyond ASCII have to be percent-escaped'];
    default:
      return ['bad_request', `this is no HTTP request (${code ?? 'unknown error'})`];
  }
}
