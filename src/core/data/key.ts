/**
 * Keys are 1 to 1,024 bytes of valid UTF-8, compared as bytes, never normalised, and never the
 * name of an object property (`__proto__` is a key like any other).
 */
import { isUtf8 } from 'node:buffer';
import { MAX_KEY_BYTES } from './record.js';

export type KeyProblem =
  | 'the key is empty'
  | 'the key is longer than 1024 bytes'
  | 'the key is not valid UTF-8'
  | 'the key has a broken percent escape';

const PLAIN = /^[^%\u0080-\uffff]*$/;

/** Why `bytes` is no key, or undefined if it is one. */
export function keyProblem(bytes: Uint8Array): KeyProblem | undefined {
  if (bytes.length === 0) return 'the key is empty';
  if (bytes.length > MAX_KEY_BYTES) return 'the key is longer than 1024 bytes';
  return isUtf8(bytes) ? undefined : 'the key is not valid UTF-8';
}

/** Decodes the escapes of a raw request target exactly once. */
export function decodeKey(raw: string): Buffer | KeyProblem {
  if (PLAIN.test(raw)) {
    const plain = Buffer.from(raw, 'latin1');
    return keyProblem(plain) ?? plain;
  }
  const source = Buffer.from(raw, 'utf8');
  const key = Buffer.allocUnsafe(source.length);
  let length = 0;
  for (let i = 0; i < source.length; i++) {
    let byte = source[i]!;
    if (byte === 0x25) {
      const digits = source.toString('latin1', i + 1, i + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return 'the key has a broken percent escape';
      byte = Number.parseInt(digits, 16);
      i += 2;
    }
    key[length++] = byte;
  }
  const decoded = key.subarray(0, length);
  return keyProblem(decoded) ?? decoded;
}

/** A key from JSON or a query parameter. A lone surrogate has no UTF-8 form. */
export function keyFromText(text: string): Buffer | KeyProblem {
  if (!text.isWellFormed()) return 'the key is not valid UTF-8';
  const bytes = Buffer.from(text, 'utf8');
  return keyProblem(bytes) ?? bytes;
}
