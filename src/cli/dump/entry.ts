/**
 * A line of a dump: a key, and what it holds; and the last line, which says how many there are, so
 * that a dump that was cut short is known as one.
 *
 *     {"key":"a","value":"hello","contentType":"text/plain","etag":"\"5.32….21…\""}
 *     {"key":"b","base64":"/wA=","contentType":"image/png","expiresAt":1796000000000}
 *     {"keys":2}
 *
 * `expiresAt` is a moment and not how long is left, so that a later load prolongs nothing. Dumps
 * behind each other in one file are one, too: each has its last line.
 */
import { isUtf8 } from 'node:buffer';
import { keyProblem } from '../../core/data/key.js';
import { MAX_CONTENT_TYPE_BYTES } from '../../core/data/record.js';
import { printable } from '../printable.js';

export interface Entry {
  /** As text: keys are UTF-8. */
  readonly key: string;
  readonly value?: string;
  /** Of a value that is no text. */
  readonly base64?: string;
  readonly contentType?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  /** Of the version that was dumped; for people. */
  readonly etag?: string;
}

export interface LastLine {
  readonly keys: number;
}

const FIELDS = ['key', 'value', 'base64', 'contentType', 'expiresAt', 'etag'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CONTENT_TYPE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** In a message, of what a stranger wrote. */
const MOST_SHOWN = 40;

/** With its line feed. A terminal that shows it does nothing else; it is the same JSON. */
export function lineOf(entry: Entry | LastLine): string {
  return `${printable(JSON.stringify(entry))}\n`;
}

/** Throws an `Error` with a sentence if it is no line of a dump. */
export function parseEntry(line: Buffer): Entry | LastLine {
  const fields = objectIn(line);
  if (isLast(fields)) return fields;
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) {
    throw new Error(`it has an unknown field ${JSON.stringify(unknown.slice(0, MOST_SHOWN))}`);
  }
  const { expiresAt } = fields;
  const [key, value, base64] = [textIn(fields, 'key'), textIn(fields, 'value'), base64In(fields)];
  if (key === undefined) throw new Error('it has no key');
  const problem = keyProblem(Buffer.from(key));
  if (problem) throw new Error(problem);
  if ((value === undefined) === (base64 === undefined)) {
    throw new Error('it has to have value or base64, and not both');
  }
  if (expiresAt !== undefined && !(Number.isSafeInteger(expiresAt) && Number(expiresAt) > 0)) {
    throw new Error('expiresAt has to be milliseconds since 1970');
  }
  checkContentType(textIn(fields, 'contentType'));
  textIn(fields, 'etag');
  return fields as unknown as Entry;
}

type Fields = { readonly [name: string]: unknown };

function objectIn(line: Buffer): Fields {
  if (!isUtf8(line)) throw new Error('it is not UTF-8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.toString('utf8'));
  } catch {
    throw new Error('it is not JSON, or was cut');
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Fields;
  }
  throw new Error('it is no JSON object');
}

function isLast(fields: Fields): fields is Fields & LastLine {
  if (Object.keys(fields).join() !== 'keys') return false;
  if (Number.isSafeInteger(fields.keys)) return true;
  throw new Error('keys has to be a number');
}

function textIn(fields: Fields, name: keyof Entry): string | undefined {
  const field = fields[name];
  if (field === undefined || (typeof field === 'string' && field.isWellFormed())) return field;
  throw new Error(`${name} has to be a text`);
}

function base64In(fields: Fields): string | undefined {
  const base64 = textIn(fields, 'base64');
  if (base64 === undefined || BASE64.test(base64)) return base64;
  throw new Error('base64 is none');
}

function checkContentType(contentType = ''): void {
  if (contentType.length <= MAX_CONTENT_TYPE_BYTES && CONTENT_TYPE.test(contentType)) return;
  throw new Error('contentType can be no header');
}
