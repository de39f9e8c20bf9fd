/**
 * HTTP/1.1 as cheaply as a load needs it, which shares the machine with what it measures: requests
 * are bytes that were made beforehand, and of an answer no more is read than its status, its
 * length and, of a problem, its code.
 */

/** A request as it goes over the wire. */
export function requestBytes(method: string, target: string, body?: string): Buffer {
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n${body ?? ''}`,
  );
}

const HEAD_END = Buffer.from('\r\n\r\n');
const CHUNKED_END = Buffer.from('\r\n0\r\n\r\n');
const PROBLEM_FROM = 400;

/** Finds the end of each answer on a connection that carries one at a time. */
export class AnswerReader {
  #status = 0;
  #code: string | undefined;
  /** Bytes of the body still to come; undefined while the answer is gathered. */
  #missing: number | undefined;
  /** What was gathered: a head, a chunked body, or a problem. */
  #begun: Buffer | undefined;

  /** Of the last answer, if it was a problem. */
  get code(): string | undefined {
    return this.#code;
  }

  /** The status if these bytes end an answer. They may be overwritten afterwards. */
  read(bytes: Buffer): number | undefined {
    if (this.#missing === undefined) return this.#gather(bytes);
    this.#missing -= bytes.length;
    return this.#endIfWhole();
  }

  #gather(bytes: Buffer): number | undefined {
    const text = this.#begun ? Buffer.concat([this.#begun, bytes]) : bytes;
    const end = text.indexOf(HEAD_END);
    if (end < 0) return this.#wait(text);
    const head = text.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    if (/\r\nTransfer-Encoding: chunked/i.test(head)) {
      if (!text.subarray(-CHUNKED_END.length).equals(CHUNKED_END)) return this.#wait(text);
      this.#missing = 0;
    } else {
      const length = Number(/\r\nContent-Length: (\d+)/i.exec(head)?.[1] ?? 0);
      const missing = end + HEAD_END.length + length - text.length;
      if (this.#status >= PROBLEM_FROM && missing > 0) return this.#wait(text);
      this.#missing = missing;
    }
    this.#begun = undefined;
    this.#code = this.#status < PROBLEM_FROM ? undefined : codeIn(text);
    return this.#endIfWhole();
  }

  #wait(text: Buffer): undefined {
    this.#begun = Buffer.from(text);
  }

  #endIfWhole(): number | undefined {
    if (this.#missing !== 0) return undefined;
    this.#missing = undefined;
    return this.#status;
  }
}

function codeIn(text: Buffer): string | undefined {
  return /"code":"(\w+)"/.exec(text.toString('latin1'))?.[1];
}
