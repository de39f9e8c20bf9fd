#!/usr/bin/env node
/** `quorate`: runs one command line in the process. */
import { constants } from 'node:os';
import './preflight.js';
import { exitCode } from './exit-codes.js';
import { programs } from './verbs/programs.js';

/** Whoever reads the output may go away, as `head` does: that is no error, and there is no more. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCode('done'));
});
process.stderr.on('error', () => undefined);

const argv = process.argv.slice(2);
// A program of its own reads all that stands behind its name, `--help` too.
const [name, ...words] = argv[0] === 'help' ? [argv[1] ?? '', '--help'] : argv;
const own = programs.find((program) => program.name === name);
if (own) await own.run({ words });
else {
  // What is half written is taken away. The code is that of shells.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
  // Only here: a node has no use for all the verbs.
  const { run } = await import('./run.js');
  // What is still to be written is written.
  process.exitCode = exitCode(await run(argv, { out: process.stdout, error: process.stderr }));
}
