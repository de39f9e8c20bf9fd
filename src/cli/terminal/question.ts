/** Asks the person in front of a terminal before what cannot be undone. */
import { createInterface } from 'node:readline';
import { CommandFailed } from '../client/failures.js';
import { exitCode } from '../exit-codes.js';
import { printable } from '../printable.js';
import type { Line, Output } from './output.js';

/**
 * Returns when the answer is `yes`, or `y`; `before` is shown above the question, and in both may
 * be what nodes say. Throws `CommandFailed` if it is another, and where nobody can be asked: a
 * script says `--yes`, and does not hang.
 */
export async function confirm(
  question: string,
  before: readonly Line[],
  output: Output,
): Promise<void> {
  mayAsk();
  output.aside(before);
  const answer = await answerTo(`${printable(question)} [y/N] `);
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandFailed('failed', 'nothing was done');
}

/** Empty if the input ends instead. */
function answerTo(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const end = (answer: string) => {
      terminal.off('close', leave);
      terminal.close();
      resolve(answer);
    };
    const leave = () => {
      process.stderr.write('\n');
      resolve('');
    };
    terminal.on('close', leave);
    // In this mode Ctrl-C is a key like others.
    terminal.on('SIGINT', () => {
      process.stderr.write('\n');
      process.exit(exitCode('interrupted'));
    });
    terminal.question(question, end);
  });
}

/** Throws `CommandFailed` where nobody can be asked. */
export function mayAsk(): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new CommandFailed('usage', 'nobody can be asked here: --yes does it without asking');
}
