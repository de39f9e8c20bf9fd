/** Asks the person in front of a terminal before what cannot be undone. */
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { CommandFailed } from '../client/failures.js';
import { exitCode } from '../exit-codes.js';
import type { Line, Output } from './output.js';

/**
 * Returns when the answer is `yes`, or `y`; `before` is shown above the question. Throws
 * `CommandFailed` if it is another, and where nobody can be asked: a script says `--yes`, and does
 * not hang.
 */
export async function confirm(
  question: string,
  before: readonly Line[],
  output: Output,
): Promise<void> {
  mayAsk();
  output.aside(before);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In this mode Ctrl-C is a key like others.
  terminal.on('SIGINT', () => process.exit(exitCode('interrupted')));
  // The end of input is no answer, and would else be waited for.
  const ended = once(terminal, 'close').then(() => '');
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), ended]);
  terminal.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandFailed('failed', 'nothing was done');
}

/** Throws `CommandFailed` where nobody can be asked. */
export function mayAsk(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new CommandFailed('usage', 'nobody can be asked here: --yes does it without asking');
}
