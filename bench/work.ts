/** Which keys and values are written: the same for every store that is measured. */

/** All of one length, so that stores with other encodings get equal work too. */
export function keyText(key: number): string {
  return `key-${String(key).padStart(8, '0')}`;
}

/** Printable, and different for each key. */
export function valueText(key: number, bytes: number): string {
  return `${key} `.padEnd(bytes, 'value ').slice(0, bytes);
}

/** A request as it goes over the wire. */
export function httpRequest(method: string, target: string, body?: string): Buffer {
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n${body ?? ''}`,
  );
}
