/** What a program asks of a key, and what is answered: the same rules and problems as of REST. */
import { contentChecksum, keyChecksum } from '../../core/data/content-checksum.js';
import { keyProblem } from '../../core/data/key.js';
import { isContentType, isOperationId } from '../../core/data/labels.js';
import { originOf } from '../../core/data/record.js';
import { timeToLive } from '../../core/data/visible.js';
import { OVERLOADED } from '../../core/failures.js';
import type { Failure, Found, WriteRequest, Written } from '../../core/requests.js';
import type { AnswerOf, ClientAnswer } from '../../core/wire/client/answers.js';
import type { Naming } from '../../core/wire/client/fields.js';
import type { ClientRequest } from '../../core/wire/client/requests.js';
import type { DoorContext } from '../context.js';
import { Problem, type ProblemDocument } from '../http/problem.js';
import {
  checkRead,
  checkWrite,
  DEFAULT_CONTENT_TYPE,
  hashedOperation,
  MAX_TIMEOUT_MS,
  MAX_TTL_SECONDS,
} from '../kv/rules.js';

export type Operation = Exclude<ClientRequest, { type: 'client.hello' }>;

/** Who waits for an operation. */
export interface Asker {
  hasRoomFor(bytes: number): boolean;
  /** Counts what is held until the answer has left; false, and nothing, if there is no room. */
  hold(bytes: number): boolean;
  /** Once. */
  answer(answer: ClientAnswer): void;
}

/** How much of an operation counts while it is under way. */
export function sizeOf(operation: Operation): number {
  const { key } = operation;
  return operation.type === 'client.put' ? key.length + operation.value.length : key.length;
}

/** Begins it, unless it makes no sense. `waitedMs`: since the client has sent it. */
export function operate(
  operation: Operation,
  waitedMs: number,
  context: DoorContext,
  asker: Asker,
): void {
  try {
    checkContent(operation);
    const timeoutMs = timeLeft(operation.timeoutMs, waitedMs, context);
    if (operation.type === 'client.get') read(operation, timeoutMs, context, asker);
    else write(operation, timeoutMs, context, asker);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const answer = failed(operation.call, error);
    // Nobody has looked for what an earlier try has done.
    if (isRetry(operation) && answer.applied === 'no') answer.applied = 'unknown';
    asker.answer(answer);
  }
}

function isRetry(operation: Operation): boolean {
  return operation.type !== 'client.get' && operation.operation?.isRetry === true;
}

function checkContent(operation: Operation): void {
  const { key, checksum } = operation;
  const isPut = operation.type === 'client.put';
  const sum = isPut
    ? contentChecksum(key, operation.contentType, operation.value)
    : keyChecksum(key);
  if (sum !== checksum) {
    throw refusal('checksum_mismatch', 'what has come does not fit its checksum');
  }
  const problem = keyProblem(key);
  if (problem) throw refusal('key_invalid', problem);
}

/**
 * Of the deadline, ms. What has lain for all of it on its way, or here, is not begun: the client
 * may be trying again, and others have written since.
 */
function timeLeft(timeoutMs: number, waitedMs: number, { settings }: DoorContext): number {
  if (timeoutMs > MAX_TIMEOUT_MS) {
    throw refusal('bad_request', `a timeout has at most ${MAX_TIMEOUT_MS} ms`);
  }
  const left = (timeoutMs || settings.requestTimeoutMs) - waitedMs;
  if (left > 0) return left;
  throw refusal('overloaded', 'its time was up before it could be begun');
}

function read(
  { call, key, level }: Extract<Operation, { type: 'client.get' }>,
  timeoutMs: number,
  { backend, clock, settings }: DoorContext,
  asker: Asker,
): void {
  checkRead(level);
  if (!asker.hasRoomFor(settings.maxValueBytes)) throw Problem.from(OVERLOADED);
  backend.read({ key, level, timeoutMs }, (outcome: Found | Failure) => {
    if (!outcome.ok) return asker.answer(failed(call, Problem.from(outcome)));
    const { reached } = outcome;
    if (outcome.absent) return asker.answer({ type: 'client.absent', call, reached });
    const { contentType, value, expiresAt } = outcome.record;
    if (!asker.hold(value.length)) return asker.answer(failed(call, Problem.from(OVERLOADED)));
    asker.answer({
      type: 'client.value',
      call,
      version: originOf(outcome.record),
      reached,
      checksum: contentChecksum(key, contentType, value),
      ttl: expiresAt === 0 ? undefined : timeToLive(expiresAt, clock.now()),
      contentType,
      value: value as Buffer,
    });
  });
}

function write(
  request: Exclude<Operation, { type: 'client.get' }>,
  timeoutMs: number,
  context: DoorContext,
  asker: Asker,
): void {
  const { call, key, level, condition, operation } = request;
  checkWrite(level, condition !== undefined, operation !== undefined);
  const isPut = request.type === 'client.put';
  if (isPut) checkValue(request, context);
  if (!asker.hold(sizeOf(request))) throw Problem.from(OVERLOADED);
  const wanted: Mutable<WriteRequest> = {
    key,
    value: isPut ? request.value : undefined,
    contentType: isPut ? request.contentType || DEFAULT_CONTENT_TYPE : '',
    expiresAt: isPut && request.ttl > 0 ? context.clock.now() + request.ttl * 1000 : 0,
    level,
    timeoutMs,
  };
  if (condition) wanted.condition = condition;
  if (operation) {
    wanted.operation = namedBy(operation);
    wanted.isFirstTry = !operation.isRetry;
  }
  context.backend.write(wanted, (outcome: Written | Failure) => {
    if (!outcome.ok) return asker.answer(failed(call, Problem.from(outcome)));
    const { version, reached } = outcome;
    asker.answer({ type: 'client.written', call, version, reached });
  });
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function checkValue(
  { value, contentType, ttl }: Extract<Operation, { type: 'client.put' }>,
  { settings }: DoorContext,
): void {
  if (value.length > settings.maxValueBytes) {
    throw refusal('value_too_large', `the value is larger than ${settings.maxValueBytes} bytes`);
  }
  if (!isContentType(contentType)) throw refusal('bad_request', 'the content type is no header');
  if (ttl > MAX_TTL_SECONDS) {
    throw refusal('bad_request', `ttl has to be at most ${MAX_TTL_SECONDS} seconds`);
  }
}

function namedBy({ id }: Naming): Uint8Array {
  if (!isOperationId(id)) {
    throw refusal('bad_request', 'an operation id is 1 to 255 characters of ASCII');
  }
  return hashedOperation(id);
}

function refusal(code: Problem['code'], detail: string): Problem {
  return new Problem(code, detail, { extra: { applied: 'no' } });
}

/** The same as a problem document says. */
function failed(call: number, problem: Problem): AnswerOf<'client.failed'> {
  const { code, status, detail, retryAfterMs } = problem;
  const { applied, needed, got, current = '' } = problem.extra as Partial<ProblemDocument>;
  return {
    type: 'client.failed',
    ...{ call, code, status, needed, got, current, retryAfterMs },
    applied: applied ?? '',
    detail: detail.slice(0, MAX_DETAIL),
  };
}

/** Letters: of each the wire may take three bytes. */
const MAX_DETAIL = 600;
