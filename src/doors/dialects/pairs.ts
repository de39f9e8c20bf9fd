/** What the dialects have in common: keys and values that are texts, in JSON or by themselves. */
import { isUtf8 } from 'node:buffer';
import type { DataRecord } from '../../core/data/record.js';
import type { Failure, Found } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { validKey } from '../http/key-parameter.js';
import { Problem, quoted } from '../http/problem.js';
import { UNTRUSTED } from '../http/untrusted.js';
import { refuseConditions } from '../kv/request-headers.js';

const CONTENT_TYPE = 'text/plain; charset=utf-8';
/** JSON may spell one byte as six (`\u0000`), and there is the key and what stands around it. */
const JSON_FACTOR = 6;
const JSON_AROUND_BYTES = 8192;

export interface Pair {
  readonly key: Buffer;
  readonly value: string;
}

/** The body as JSON, whatever its content type says: `curl -d` calls everything a form. */
export function takePair(
  exchange: Exchange,
  { settings }: DoorContext,
  use: (pair: Pair) => void,
): void {
  exchange.allowParameters();
  const most = settings.maxValueBytes * JSON_FACTOR + JSON_AROUND_BYTES;
  exchange.body(most, (body) => use(pairIn(body)));
}

/** `done` if it was stored; else the failure is answered. */
export function store(
  exchange: Exchange,
  { backend, settings }: DoorContext,
  { key, value }: Pair,
  done: () => void,
): void {
  refuseConditions(exchange);
  const bytes = Buffer.from(value, 'utf8');
  if (bytes.length > settings.maxValueBytes) {
    const detail = `the value is larger than ${settings.maxValueBytes} bytes`;
    throw new Problem('value_too_large', detail);
  }
  const request = { key, value: bytes, contentType: CONTENT_TYPE, expiresAt: 0 };
  backend.write({ ...request, level: 'quorum', timeoutMs: settings.requestTimeoutMs }, (out) => {
    if (out.ok) done();
    else exchange.problem(Problem.from(out));
  });
}

/** What was found under a key. */
export interface FoundText {
  readonly text: string;
  readonly record: DataRecord;
}

/** `answer` with what is there, or with undefined; a failure is answered here. */
export function find(
  exchange: Exchange,
  context: DoorContext,
  key: Buffer,
  answer: (found: FoundText | undefined) => void,
): void {
  read(exchange, context, key, (out) => {
    if (!out.ok) return exchange.problem(Problem.from(out));
    if (out.absent) return answer(undefined);
    const { record } = out;
    answer({ text: Buffer.from(record.value as Buffer).toString('utf8'), record });
  });
}

function read(
  exchange: Exchange,
  { backend, settings }: DoorContext,
  key: Buffer,
  done: (outcome: Found | Failure) => void,
): void {
  refuseConditions(exchange);
  exchange.requireRoom(settings.maxValueBytes);
  backend.read({ key, level: 'quorum', timeoutMs: settings.requestTimeoutMs }, done);
}

/** `done` if the key holds nothing any more, whether or not it did. */
export function remove(
  exchange: Exchange,
  { backend, settings }: DoorContext,
  key: Buffer,
  done: () => void,
  timeoutMs = settings.requestTimeoutMs,
): void {
  refuseConditions(exchange);
  const nothing = { value: undefined, contentType: '', expiresAt: 0 };
  backend.write({ key, ...nothing, level: 'quorum', timeoutMs }, (out) => {
    if (out.ok) done();
    else exchange.problem(Problem.from(out));
  });
}

/**
 * Says besides whether there was something: it looks first, and removes only what it saw. Of two
 * that remove the same at the same time, both may have seen it.
 *
 * Rejected alternative: a write on the condition that the key holds something. It would tell the
 * two apart, but conditional writes and the plain ones of these lines do not mix on one key.
 */
export function removeIfThere(
  exchange: Exchange,
  context: DoorContext,
  key: Buffer,
  done: (wasThere: boolean) => void,
): void {
  const { clock, settings } = context;
  const deadline = clock.monotonic() + settings.requestTimeoutMs;
  read(exchange, context, key, (out) => {
    if (!out.ok) return exchange.problem(Problem.from({ ...out, applied: 'no' }));
    if (out.absent) return done(false);
    const leftMs = Math.max(1, Math.ceil(deadline - clock.monotonic()));
    remove(exchange, context, key, () => done(true), leftMs);
  });
}

/** In one line, as small stores write it. */
export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  const headers = ['Content-Type', 'application/json; charset=utf-8', ...UNTRUSTED];
  exchange.send(status, headers, JSON.stringify(value));
}

export function notFound(): Problem {
  return new Problem('not_found', 'there is no value under this key');
}

function pairIn(body: Buffer): Pair {
  if (!isUtf8(body)) throw new Problem('bad_request', 'the body is not valid UTF-8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Problem('bad_request', 'the body is not JSON; expected {"key":"…","value":"…"}');
  }
  const { key, value, ...others } = Object(parsed) as { [field: string]: unknown };
  if (typeof key !== 'string' || typeof value !== 'string') {
    throw new Problem('bad_request', 'the body has to be {"key":"…","value":"…"}, both strings');
  }
  for (const field of Object.keys(others)) {
    const name = quoted(field);
    throw new Problem('bad_request', `unknown field ${name}; allowed here: key, value`);
  }
  if (!value.isWellFormed()) throw new Problem('bad_request', 'the value is not valid Unicode');
  return { key: validKey(key), value };
}
