/** Refuses what has no exchange to be answered through: bytes that are no request, upgrades. */
import type { Duplex } from 'node:stream';
import { Problem } from './problem.js';

/** For the `clientError` event: one sentence, then the connection closes. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  refuse(socket, problemOf(error.code));
}

/** One sentence, then the connection closes. */
export function refuse(socket: Duplex, problem: Problem): void {
  const body = `${JSON.stringify(problem)}\n`;
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOf(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'the headers are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'the request did not come to its end in time');
    case 'HPE_INVALID_URL':
      return new Problem('bad_request', 'in a URL, bytes beyond ASCII have to be percent-escaped');
    default:
      return new Problem('bad_request', `this is no HTTP request (${code ?? 'unknown error'})`);
  }
}
