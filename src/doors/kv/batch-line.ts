/** One line of a batch: what it asks for, and what is answered to it. */
import { isUtf8 } from 'node:buffer';
import { isContentType } from '../../core/data/labels.js';
import { MAX_CONTENT_TYPE_BYTES, originOf } from '../../core/data/record.js';
import { timeToLive } from '../../core/data/visible.js';
import type { Failure, Found, Written } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import { etagOf } from '../http/etag.js';
import { validKey } from '../http/key-parameter.js';
import { Problem, quoted } from '../http/problem.js';
import { ttlField } from './answers.js';
import { valueJson } from './listed.js';
import { expiryIn } from './parameters.js';
import type { Headers } from './request-headers.js';
import { DEFAULT_CONTENT_TYPE } from './rules.js';

export interface BatchLine {
  readonly op: 'get' | 'put' | 'delete';
  readonly key: Buffer;
  /** Of a put. */
  readonly value: Buffer | undefined;
  readonly contentType: string;
  /** Milliseconds since 1970; 0 = never. */
  readonly expiresAt: number;
  /** What would be the headers of the request. */
  readonly headers: Headers;
}

/** What a line may say of each operation, beside `op` and `key`. */
const CONDITIONS = { ifMatch: 'if-match', ifNoneMatch: 'if-none-match' } as const;
const HEADERS = { ...CONDITIONS, idempotencyKey: 'idempotency-key' } as const;
const OF_WRITES = Object.keys(HEADERS);
const FIELDS: { readonly [op in BatchLine['op']]: readonly string[] } = {
  get: [],
  put: ['value', 'base64', 'contentType', 'ttl', 'expiresAt', ...OF_WRITES],
  delete: OF_WRITES,
};
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const TEXT_TYPE = 'text/plain; charset=utf-8';

type Fields = { readonly [name: string]: unknown };

/** Throws a `Problem` if it asks for nothing that can be done. */
export function parseLine(raw: Buffer, context: DoorContext): BatchLine {
  const fields = objectIn(raw);
  const { op } = fields;
  if (op !== 'get' && op !== 'put' && op !== 'delete') {
    throw new Problem('bad_request', 'op has to be get, put or delete');
  }
  const allowed = ['op', 'key', ...FIELDS[op]];
  for (const name of Object.keys(fields)) {
    if (allowed.includes(name)) continue;
    const detail = `unknown field ${quoted(name)}; allowed of ${op}: ${allowed.join(', ')}`;
    throw new Problem('bad_request', detail);
  }
  const key = validKey(textIn(fields, 'key') ?? '');
  const value = op === 'put' ? valueIn(fields, context) : undefined;
  const expiresAt = expiryIn(fields, context);
  const headers = headersIn(fields);
  return { op, key, value, contentType: contentTypeIn(fields), expiresAt, headers };
}

function objectIn(raw: Buffer): Fields {
  if (!isUtf8(raw)) throw new Problem('bad_request', 'the line is not valid UTF-8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw.toString('utf8'));
  } catch {
    throw new Problem('bad_request', 'the line is not JSON; expected {"op":"get","key":"…"}');
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Fields;
  }
  throw new Problem('bad_request', 'the line has to be an object, like {"op":"get","key":"…"}');
}

function textIn(fields: Fields, name: string): string | undefined {
  const field = fields[name];
  if (field === undefined) return undefined;
  if (typeof field === 'string' && field.isWellFormed()) return field;
  throw new Problem('bad_request', `${name} has to be a text`);
}

function valueIn(fields: Fields, { settings }: DoorContext): Buffer {
  const [text, base64] = [textIn(fields, 'value'), textIn(fields, 'base64')];
  if ((text === undefined) === (base64 === undefined)) {
    throw new Problem('bad_request', 'a put needs value, a text, or base64, and not both');
  }
  if (base64 !== undefined && !BASE64.test(base64)) {
    throw new Problem('bad_request', 'base64 has to be of A-Z, a-z, 0-9, + and /, padded with =');
  }
  const value = base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');
  if (value.length <= settings.maxValueBytes) return value;
  const detail = `the value is larger than ${settings.maxValueBytes} bytes`;
  throw new Problem('value_too_large', detail);
}

function contentTypeIn(fields: Fields): string {
  const usual = fields.base64 === undefined ? TEXT_TYPE : DEFAULT_CONTENT_TYPE;
  const contentType = textIn(fields, 'contentType') || usual;
  if (isContentType(contentType)) return contentType;
  const detail = `contentType has to be a header of at most ${MAX_CONTENT_TYPE_BYTES} letters`;
  throw new Problem('bad_request', detail);
}

function headersIn(fields: Fields): Headers {
  const headers = new Map<string, string>();
  for (const [name, header] of Object.entries(HEADERS)) {
    const text = textIn(fields, name);
    // As a header it stands in quotes.
    const isQuoted = name === 'idempotencyKey';
    if (text !== undefined) headers.set(header, isQuoted ? `"${text}"` : text);
  }
  return { header: (name) => headers.get(name) };
}

export function writtenJson(outcome: Written | Failure, expiresAt: number, nowMs: number): object {
  if (!outcome.ok) return problemJson(Problem.from(outcome));
  const ttl = ttlField(timeToLive(expiresAt, nowMs));
  return { status: 204, etag: etagOf(outcome.version), ...ttl };
}

export function foundJson(outcome: Found | Failure, nowMs: number): object {
  if (!outcome.ok) return problemJson(Problem.from(outcome));
  if (outcome.absent) {
    return problemJson(new Problem('not_found', 'there is no value under this key'));
  }
  const { record } = outcome;
  const ttl = ttlField(timeToLive(record.expiresAt, nowMs));
  return { status: 200, etag: etagOf(originOf(record)), ...ttl, ...valueJson(record) };
}

export function problemJson({ status, code, detail, extra }: Problem): object {
  return { status, code, detail, ...extra };
}
