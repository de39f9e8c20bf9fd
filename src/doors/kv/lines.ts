/**
 * Answers that are lines of JSON (NDJSON, also called JSON Lines), as long as somebody takes them.
 *
 * What is written is counted among what is held for clients until it has left for the network, and
 * only then more is made: a client that reads slowly slows down what it reads from.
 */
import { OVERLOADED } from '../../core/failures.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { UNTRUSTED } from '../http/untrusted.js';

const LINES_TYPE = 'application/x-ndjson';
const LINES_TYPES = /^application\/(?:x-)?(?:ndjson|jsonl|jsonlines)$/i;

/** Whether a client asks for lines, by `Accept`. */
export function wantsLines(exchange: Exchange): boolean {
  const accepted = exchange.header('accept')?.split(',') ?? [];
  return accepted.some((each) => LINES_TYPES.test((each.split(';')[0] ?? '').trim()));
}

export class LineStream {
  readonly #exchange: Exchange;
  #isClosing = false;

  /** Begins the answer. `headers`: those beside its type. */
  constructor(exchange: Exchange, { whenClosing }: DoorContext, headers: readonly string[]) {
    this.#exchange = exchange;
    beginLines(exchange, headers);
    const forget = whenClosing(() => {
      this.#isClosing = true;
    });
    exchange.response.once('close', forget);
  }

  /**
   * `taken` is called when they have left. Instead, and nothing is written, a `Problem` if there is
   * no room for them, or the door closes.
   */
  write(lines: readonly object[], taken: () => void): Problem | undefined {
    if (this.#isClosing) return new Problem('shutting_down', 'this node is shutting down');
    return this.#exchange.part(textOf(lines), taken) ? undefined : Problem.from(OVERLOADED);
  }

  /** With one more line, perhaps. */
  end(line?: object): void {
    this.#exchange.response.end(line && textOf([line]));
  }
}

/** `headers`: those beside its type. */
export function beginLines(exchange: Exchange, headers: readonly string[] = []): void {
  exchange.stream(200, ['Content-Type', LINES_TYPE, ...headers, ...UNTRUSTED]);
}

export function textOf(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
