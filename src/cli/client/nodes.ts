/**
 * The nodes of a command line: the first that answers is asked, and is asked again.
 *
 * A request that came to no answer goes to the next node if it may be made twice, or if it cannot
 * have arrived. What may be neither ends as unknown: a guess in either direction would be a lie.
 */
import type { ProblemDocument } from './answers.js';
import { CommandFailed, failureOf } from './failures.js';
import { type Answer, type NoAnswer, type Request, send } from './http.js';

export interface Asked extends Omit<Request, 'withinMs'> {
  /** How long a node may take to answer, ms. */
  readonly withinMs?: number;
  /** Twice is as once: reads, and writes with a name. */
  readonly mayRepeat: boolean;
}

export interface Answered extends Answer {
  /** Of the node: `host:port`. */
  readonly from: string;
  /** An earlier try of the same request may have been made. */
  readonly mayBeMade: boolean;
}

const WITHIN_MS = 10_000;
/** Every answer of a node says which it is of. */
const NODE_HEADER = 'x-quorate-node';
/** Another node may do what this one does not, and nothing was done. */
const ASK_ANOTHER: readonly string[] = ['not_ready', 'shutting_down'];

export class Nodes {
  readonly #addresses: string[];
  readonly #note: (text: string) => void;

  /** `note`: tells the person in front of it. */
  constructor(addresses: readonly string[], note: (text: string) => void) {
    this.#addresses = [...addresses];
    this.#note = note;
  }

  /** `host:port` of the node that is asked next. */
  get address(): string {
    return this.#addresses[0]!;
  }

  /** Throws `CommandFailed` if no node answers, or if nobody can tell what became of it. */
  async ask({ mayRepeat, ...asked }: Asked): Promise<Answered> {
    const failures: string[] = [];
    let mayBeMade = false;
    for (const [index, address] of [...this.#addresses].entries()) {
      const outcome = await send(address, { withinMs: WITHIN_MS, ...asked });
      const failure = whyNot(outcome, index === this.#addresses.length - 1);
      if ('status' in outcome && failure === undefined) {
        this.#settle(index, failures);
        return { ...outcome, from: address, mayBeMade };
      }
      failures.push(`${address} (${failure})`);
      mayBeMade ||= asked.method !== 'GET' && 'wasSent' in outcome && outcome.wasSent;
      if (mayBeMade && !mayRepeat) break;
    }
    const who = failures.join(', ');
    if (!mayBeMade) throw new CommandFailed('unreachable', `no node answers: ${who}`);
    throw new CommandFailed('unknown', `it may have been done, or not; no answer from ${who}`);
  }

  /** What a node says as JSON; throws what it refuses with. */
  async json<T>(target: string, more: Partial<Asked> = {}): Promise<T> {
    return jsonOf<T>(await this.ask({ method: 'GET', target, mayRepeat: true, ...more }));
  }

  /** Another node is asked first from now on: this one cannot do what others may. */
  turn(): void {
    this.#addresses.push(this.#addresses.shift()!);
  }

  #settle(index: number, failures: readonly string[]): void {
    if (index === 0) return;
    const [address] = this.#addresses.splice(index, 1);
    this.#addresses.unshift(address!);
    this.#note(`asking ${address}, as others do not answer: ${failures.join(', ')}`);
  }
}

/** Why this is no answer; undefined if it is one. What the last node says always counts. */
function whyNot(outcome: Answer | NoAnswer, isLast: boolean): string | undefined {
  if (!('status' in outcome)) return outcome.why;
  const code = problemIn(outcome)?.code;
  if (code !== undefined) return ASK_ANOTHER.includes(code) && !isLast ? code : undefined;
  return NODE_HEADER in outcome.headers ? undefined : 'that is no node of Quorate';
}

/** The problem that an answer is; undefined if it is none. */
function problemIn({ status, headers, body }: Answer): ProblemDocument | undefined {
  if (status < 400 || !/^application\/problem\+json/.test(headers['content-type'] ?? '')) return;
  const problem = parsed(body) as Partial<ProblemDocument> | undefined;
  const isOurs = typeof problem?.code === 'string' && typeof problem.detail === 'string';
  return isOurs ? (problem as ProblemDocument) : undefined;
}

/** Throws `CommandFailed` if the node has refused. */
export function checkDone(answer: Answered): void {
  const problem = problemIn(answer);
  if (problem) throw failureOf(problem, answer.mayBeMade);
  if (answer.status < 400) return;
  throw new CommandFailed('failed', `${answer.from} answers ${answer.status}`);
}

/** Throws `CommandFailed` if the node has refused, or speaks another language. */
export function jsonOf<T>(answer: Answered): T {
  checkDone(answer);
  const json = parsed(answer.body);
  if (typeof json === 'object' && json !== null) return json as T;
  throw new CommandFailed('failed', `what ${answer.from} answers cannot be understood`);
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
