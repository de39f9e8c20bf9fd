/** One command line of `quorate`: what it prints, and how it ends. */
import { CommanderError } from 'commander';
import { CommandFailed } from './client/failures.js';
import type { ExitName } from './exit-codes.js';
import { programOf } from './program.js';
import type { CommonOptions } from './program-options.js';
import { Output } from './terminal/output.js';
import type { Streams } from './terminal/streams.js';

/** `argv`: what stands behind the program. Rejects only with what is a mistake of ours. */
export async function run(argv: readonly string[], streams: Streams): Promise<ExitName> {
  let ended: ExitName = 'done';
  const program = programOf(streams, (exit) => {
    ended = exit;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return ended;
  } catch (error) {
    return failed(error, new Output(program.opts<CommonOptions>().output, streams));
  }
}

/** Says why, in a sentence, or for scripts as the node has said it. */
function failed(error: unknown, output: Output): ExitName {
  // It has said so itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 'done' : 'usage';
  if (!(error instanceof CommandFailed)) throw error;
  const { exit, message, problem } = error;
  if (output.asked === 'json' && problem) output.aside([[JSON.stringify(problem)]]);
  else output.note(message);
  return exit;
}
