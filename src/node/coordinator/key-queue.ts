/**
 * Linearizable requests that meet at this node and at one key wait in line for each other.
 *
 * Intuition: two rounds on one key at a time only push each other's ballots out of the way. So of
 * what comes to one node a change goes alone, and reads go together. And what a request has found,
 * or has left behind, answers those that waited already when it began: it was so at some moment
 * between their beginning and their end, which is all that linearizability asks for (Herlihy and
 * Wing, 1990). Of many that want to replace the same version one is made, and the others fail with
 * it.
 *
 * Rounds at other nodes are met as before: one of them goes on, the others back off.
 *
 * Rejected alternative: sending all requests of a key to the same node, which would spare their
 * rounds each other everywhere, but needs an answer to what happens when that node is slow or away.
 */
import { isMet } from '../../../actors/coordinator/condition.js';
import type { Version } from '../../core/data/version.js';
import { type Visible, visible, visibleVersion } from '../../core/data/visible.js';
import { failure, preconditionFailed } from '../../core/failures.js';
import type { Failure, Found, WriteRequest, Written } from '../../core/requests.js';
import type { Clock } from '../../ports.js';
import { type Attempt, recordOf } from './attempt.js';
import { isRetriable } from './retried-write.js';

type Request = WriteRequest | { readonly key: Buffer };
type Outcome = Written | Found | Failure;
type Done = (outcome: Outcome) => void;
/** Carries out one request: `runConditional`. */
type Run = (request: Request, attempt: Attempt, done: Done) => void;

interface Waiting {
  readonly request: Request;
  readonly attempt: Attempt;
  readonly done: Done;
  /** Its place among all that ever came to this line. */
  readonly arrival: number;
  readonly timer: unknown;
}

interface Line {
  readonly waiting: Set<Waiting>;
  arrivals: number;
  running: number;
  /** What runs is a change, and goes alone. */
  isChanging: boolean;
}

/** What a key holds. */
interface State {
  readonly epoch: number;
  /** Of the value that is there. */
  readonly present: Version | undefined;
  /** Undefined if only the version came back. */
  readonly seen: Visible | undefined;
}

export class KeyQueue {
  readonly #lines = new Map<string, Line>();
  readonly #clock: Clock;
  readonly #run: Run;

  constructor({ clock, run }: { clock: Clock; run: Run }) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Keys at which something is under way. */
  get size(): number {
    return this.#lines.size;
  }

  run(request: WriteRequest, attempt: Attempt, done: (outcome: Written | Failure) => void): void;
  run(
    request: { readonly key: Buffer },
    attempt: Attempt,
    done: (outcome: Found | Failure) => void,
  ): void;
  run(request: Request, attempt: Attempt, done: (outcome: never) => void): void {
    const end = done as Done;
    const name = request.key.toString('latin1');
    let line = this.#lines.get(name);
    if (!line) {
      line = { waiting: new Set(), arrivals: 0, running: 0, isChanging: false };
      this.#lines.set(name, line);
    }
    const { waiting } = line;
    const timer = this.#clock.setTimeout(() => {
      waiting.delete(place);
      attempt.explanation?.note('other requests were at this key all the time');
      end(failure('contention', 'too many requests are at this key', 'no'));
    }, attempt.timeLeft);
    const arrival = line.arrivals++;
    const place = { request, attempt, done: end, arrival, timer };
    waiting.add(place);
    this.#next(name, line);
  }

  #next(name: string, line: Line): void {
    for (const first of line.waiting) {
      const isChange = 'contentType' in first.request;
      if (line.running > 0 && (isChange || line.isChanging)) return;
      this.#leave(line, first);
      line.running++;
      line.isChanging = isChange;
      const { request, attempt, done } = first;
      const arrivedBefore = line.arrivals;
      this.#run(request, attempt, (outcome) => {
        line.running--;
        done(outcome);
        this.#share(line, arrivedBefore, this.#stateAfter(request, outcome, attempt.ports.wallMs));
        this.#next(name, line);
      });
    }
    if (line.running === 0 && this.#lines.get(name) === line) this.#lines.delete(name);
  }

  #leave(line: Line, place: Waiting): void {
    this.#clock.clearTimeout(place.timer);
    line.waiting.delete(place);
  }

  /** Answers those that waited already, as far as the state decides about them. */
  #share(line: Line, arrivedBefore: number, state: State | undefined): void {
    if (!state) return;
    for (const place of line.waiting) {
      if (place.arrival >= arrivedBefore) return;
      const outcome = answerBy(state, place.request);
      if (!outcome) continue;
      this.#leave(line, place);
      place.attempt.explanation?.note('answered by what another request at this key has found');
      place.done(outcome);
    }
  }

  #stateAfter(request: Request, outcome: Outcome, wallMs: () => number): State | undefined {
    if (!outcome.ok) {
      if (outcome.code !== 'precondition_failed') return undefined;
      return { epoch: 0, present: outcome.current, seen: undefined };
    }
    // A write with an id may have been made by an earlier try, before those that wait had begun.
    // Who says that there was none may be wrong, and is not to mislead others.
    if ('contentType' in request && request.operation) return undefined;
    const isWritten = 'version' in outcome;
    const seen = isWritten ? leftBy(request as WriteRequest, outcome, wallMs()) : outcome;
    // What was over before it was stored was never there, and what is there now nobody has asked.
    if (isWritten && seen.absent === 'expired') return undefined;
    return { epoch: outcome.epoch, present: visibleVersion(seen), seen };
  }
}

/** What a write has left: it was there, if only for a moment, unless it had expired before. */
function leftBy(request: WriteRequest, { version }: Written, wallMs: number): Visible {
  return visible({ ...recordOf(request), version }, wallMs);
}

function answerBy({ epoch, present, seen }: State, request: Request): Outcome | undefined {
  if (!('contentType' in request)) {
    return seen && { ...seen, ok: true, epoch, reached: 'linearizable' };
  }
  const { condition } = request;
  // A retry has to look for its first try.
  if (!condition || isRetriable(request) || isMet(condition, present)) return undefined;
  return preconditionFailed(present, 'no');
}
