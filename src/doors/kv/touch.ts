/**
 * `POST /kv/{key}?ttl=seconds`: a value lives on for so long from now, and the client need not send
 * it again.
 *
 * What is there is read, and written again with the new expiry on the condition that it is still
 * what was read: a compare-and-set, so that no write of another client is undone. One that comes in
 * between makes it begin again, until the time of the request is up; so does an unknown outcome.
 *
 * Rejected alternative: a round of its own that changes the expiry of whatever it finds. It would
 * save the read's round trip, and be one more thing that the protocol has to get right.
 */
import { originOf } from '../../core/data/record.js';
import { compareVersions, type Version } from '../../core/data/version.js';
import { failure, preconditionFailed } from '../../core/failures.js';
import type { Condition, Failure, Found, Written } from '../../core/requests.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { sendAbsent, sendWritten } from './answers.js';
import { expiryOf, writeOptions } from './parameters.js';

const HOW_TO = 'POST gives a value a new time to live: it needs ?ttl=seconds, and takes no body';

export function touch(exchange: Exchange, context: DoorContext, key: Buffer): void {
  exchange.allowParameters('consistency', 'timeout', 'ttl', 'explain');
  const expiresAt = expiryOf(exchange, context);
  if (expiresAt === 0) throw new Problem('bad_request', `${HOW_TO}; PUT stores a value`);
  const { level, timeoutMs, condition, operation, explain } = writeOptions(exchange, context);
  if (level !== 'quorum' && level !== 'linearizable') {
    throw new Problem('bad_request', 'POST is linearizable: it takes no other consistency');
  }
  if (operation) {
    throw new Problem('bad_request', 'POST needs no Idempotency-Key: it may simply be sent again');
  }
  if (condition?.kind === 'absent') {
    throw new Problem('bad_request', 'POST needs a value: If-None-Match: * can never be met');
  }
  exchange.requireRoom(context.settings.maxValueBytes);
  exchange.body(context.settings.maxValueBytes, (body) => {
    if (body.length > 0) throw new Problem('bad_request', `${HOW_TO}; PUT stores a value`);
    const deadline = context.clock.monotonic() + timeoutMs;
    const wanted = condition?.kind === 'matches' ? condition.versions : undefined;
    new Touch(exchange, context, { key, expiresAt, deadline, wanted, explain }).begin();
  });
}

interface TouchRequest {
  readonly key: Buffer;
  readonly expiresAt: number;
  /** On the monotonic clock. */
  readonly deadline: number;
  /** The client's condition: what is there has to be one of these. */
  readonly wanted: readonly Version[] | undefined;
  readonly explain: boolean | undefined;
}

class Touch {
  readonly #exchange: Exchange;
  readonly #context: DoorContext;
  readonly #request: TouchRequest;
  /** An earlier try may have been made. */
  #unknown: Failure | undefined;

  constructor(exchange: Exchange, context: DoorContext, request: TouchRequest) {
    this.#exchange = exchange;
    this.#context = context;
    this.#request = request;
  }

  begin(): void {
    if (this.#timeLeft <= 0) return this.#end(CONTENTION);
    const { key } = this.#request;
    this.#context.backend.read({ key, ...this.#options }, (found) => this.#found(found));
  }

  get #timeLeft(): number {
    return Math.ceil(this.#request.deadline - this.#context.clock.monotonic());
  }

  get #options() {
    const { explain } = this.#request;
    const timeoutMs = Math.max(1, this.#timeLeft);
    return { level: 'linearizable', timeoutMs, ...(explain && { explain }) } as const;
  }

  #found(found: Found | Failure): void {
    if (!found.ok) return this.#end({ ...found, applied: 'no' });
    if (found.absent) return sendAbsent(this.#exchange, found.reached);
    const { key, expiresAt, wanted } = this.#request;
    const { contentType, value } = found.record;
    const version = originOf(found.record);
    if (wanted && !wanted.some((each) => compareVersions(each, version) === 0)) {
      return this.#end(preconditionFailed(version, 'no'));
    }
    const condition: Condition = { kind: 'matches', versions: [version] };
    const same = { key, value: value as Buffer, contentType, expiresAt, condition };
    this.#context.backend.write({ ...same, ...this.#options }, (outcome) => {
      if (outcome.ok || !this.#mayTryAgain(outcome)) return this.#end(outcome, found.explanation);
      if (outcome.applied === 'unknown') this.#unknown = outcome;
      this.begin();
    });
  }

  /** Twice does no harm; but the condition of the client would fail by the first. */
  #mayTryAgain({ code }: Failure): boolean {
    return code === 'precondition_failed' || (code === 'outcome_unknown' && !this.#request.wanted);
  }

  #end(last: Written | Failure, read?: object): void {
    const { expiresAt, explain } = this.#request;
    const outcome = last.ok ? last : (this.#unknown ?? last);
    const options = { expiresAt, ...(explain && { explain }), ...(read && { before: { read } }) };
    sendWritten(this.#exchange, this.#context, outcome, options);
  }
}

const CONTENTION = failure('contention', 'the key was changed again and again meanwhile', 'no');
