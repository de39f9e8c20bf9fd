/**
 * `/s/key`: the seed API, JSON in and out. The body is read as JSON whatever its content type
 * says, since that is what `curl -d` sends.
 */
import { isUtf8 } from 'node:buffer';
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { originOf } from '../../core/data/record.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { keyParameter, validKey } from '../http/key-parameter.js';
import { Problem, quoted } from '../http/problem.js';
import { UNTRUSTED } from '../http/untrusted.js';
import { refuseConditions } from '../kv/request-headers.js';

const CONTENT_TYPE = 'text/plain; charset=utf-8';
/** JSON may spell one byte as six (`\u0000`), and there is the key and what stands around it. */
const JSON_FACTOR = 6;
const JSON_AROUND_BYTES = 8192;

export function postSeed(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters();
  refuseConditions(exchange);
  const { backend, settings, clock } = context;
  exchange.body(settings.maxValueBytes * JSON_FACTOR + JSON_AROUND_BYTES, clock, (body) => {
    const { key, value } = parse(body);
    const bytes = Buffer.from(value, 'utf8');
    if (bytes.length > settings.maxValueBytes) {
      const detail = `the value is larger than ${settings.maxValueBytes} bytes`;
      throw new Problem('value_too_large', detail);
    }
    const request = { key, value: bytes, contentType: CONTENT_TYPE, expiresAt: 0 };
    backend.write({ ...request, level: 'quorum', timeoutMs: settings.requestTimeoutMs }, (out) => {
      if (out.ok) exchange.text(200, 'OK');
      else exchange.problem(Problem.from(out));
    });
  });
}

export function getSeed(exchange: Exchange, { backend, settings }: DoorContext): void {
  refuseConditions(exchange);
  const key = keyParameter(exchange);
  const request = { key, level: 'quorum', timeoutMs: settings.requestTimeoutMs } as const;
  exchange.requireRoom(settings.maxValueBytes);
  backend.read(request, (out) => {
    if (!out.ok) return exchange.problem(Problem.from(out));
    if (out.absent) {
      return exchange.problem(new Problem('not_found', 'there is no value under this key'));
    }
    const value = {
      key: key.toString('utf8'),
      value: Buffer.from(out.record.value).toString('utf8'),
      timestamp: wallTimeOf(originOf(out.record).time),
    };
    exchange.json(200, value, UNTRUSTED);
  });
}

export function deleteSeed(exchange: Exchange, { backend, settings }: DoorContext): void {
  refuseConditions(exchange);
  const key = keyParameter(exchange);
  const request = {
    key,
    value: undefined,
    contentType: '',
    expiresAt: 0,
    level: 'quorum',
  } as const;
  backend.write({ ...request, timeoutMs: settings.requestTimeoutMs }, (out) => {
    if (out.ok) exchange.text(200, 'OK');
    else exchange.problem(Problem.from(out));
  });
}

function parse(body: Buffer): { key: Buffer; value: string } {
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
