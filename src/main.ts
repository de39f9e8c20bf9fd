/**
 * `npm start`: reads the command line, runs a node (`quorate.ts`), prints what people want to know,
 * and stops it in order when a signal says so. Its exit codes are those of `src/cli/exit-codes.ts`.
 */
import './cli/preflight.js';
import { readFileSync } from 'node:fs';
import { bannerOf, servingText } from './cli/banner.js';
import { calledAs } from './cli/called-as.js';
import { type ExitName, exitCode } from './cli/exit-codes.js';
import { helpText } from './cli/help.js';
import { createLog } from './cli/log.js';
import { UsageError } from './cli/option-table.js';
import { type Options, parseOptions } from './cli/options.js';
import { printable } from './cli/printable.js';
import { onStopSignals } from './cli/stop-signals.js';
import { createFactLog } from './events/fact-log.js';
import { type Life, Quorate, StartError, type StartProblem } from './quorate.js';
import { systemClock as clock } from './system.js';
import { PROGRAM_VERSION } from './version.js';

const EXIT_OF: { readonly [problem in StartProblem]: ExitName } = {
  listen: 'failed',
  settings: 'usage',
  dataDir: 'unreachable',
  refused: 'unreachable',
};

async function run(options: Options): Promise<void> {
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat,
    clock,
    write: (line) => process.stdout.write(line),
  });
  const quorate = await Quorate.open(options, log);
  onStopSignals(
    clock,
    () => void quorate.stop().then(() => process.exit(exitCode('done')), giveUp),
  );
  const logFact = createFactLog(log);
  let node: Life['node'] | undefined;
  await quorate.run({
    begun(life) {
      const { introducers, resumes: ring } = life;
      node = life.node;
      const { url } = quorate;
      const who = { version: PROGRAM_VERSION, nodeId: node.id, pid: process.pid };
      console.log(bannerOf({ ...options, ...who, url, introducers, ring }));
    },
    told(fact, sinceMs) {
      const ring = node?.ring();
      if (fact.type === 'node.serving' && node && ring) {
        console.log(servingText(ring, node.verdict(), sinceMs));
      }
      // Nothing in flight can be trusted to be stored, so nothing is finished in order.
      if (fact.type === 'node.failed' && fact.cause === 'fault') fail(fact.reason);
      logFact(fact);
    },
  });
  process.exit(exitCode('done'));
}

function main(): void {
  // Whoever reads the output may go away; the node goes on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
  try {
    const argv = process.argv.slice(2);
    const readFile = (path: string) => readFileSync(path, 'utf8');
    const options = parseOptions({ argv, env: process.env, readFile });
    if (options === 'help') return console.log(helpText());
    if (options === 'version') return console.log(PROGRAM_VERSION);
    const { fromEnvFile } = options;
    if (fromEnvFile) console.log(`settings ${fromEnvFile.join(', ') || 'none'}, from .env`);
    void run(options).catch(giveUp);
  } catch (error) {
    giveUp(error);
  }
}

function giveUp(error: unknown): never {
  if (error instanceof UsageError) fail(`${error.message}\n${HELP_HINT}`, 'usage');
  if (!(error instanceof StartError)) {
    console.error(error);
    process.exit(exitCode('failed'));
  }
  const isUsage = error.problem === 'settings';
  fail(isUsage ? `${error.message}\n${HELP_HINT}` : error.message, EXIT_OF[error.problem]);
}

const HELP_HINT = `Try: ${calledAs('npm start --', 'start')} --help`;

function fail(message: string, exit: ExitName = 'failed'): never {
  console.error(`quorate: ${message.split('\n').map(printable).join('\n')}`);
  process.exit(exitCode(exit));
}

main();
