/**
 * `npm start`: reads the command line, runs a node (`quorate.ts`), prints what people want to know,
 * and stops it in order when a signal says so.
 *
 * Exit codes: 0 stopped as asked; 1 a failure at run time; 2 a command line that makes no sense;
 * 3 a data directory that cannot be used; 130 another Ctrl-C after a moment.
 */
import { readFileSync } from 'node:fs';
import { helpText } from './cli/help.js';
import { createLog } from './cli/log.js';
import { UsageError } from './cli/option-table.js';
import { type Options, parseOptions } from './cli/options.js';
import { onStopSignals } from './cli/stop-signals.js';
import type { Ring } from './core/ring/ring.js';
import { copiesText } from './core/verdict.js';
import { logFact } from './events/fact-log.js';
import { type Life, Quorate, StartError, type StartProblem } from './quorate.js';
import { systemClock as clock } from './system.js';
import { PROGRAM_VERSION } from './version.js';

const EXIT = { ok: 0, failure: 1, usage: 2, dataDir: 3 } as const;
const EXIT_OF: { readonly [problem in StartProblem]: number } = {
  listen: EXIT.failure,
  settings: EXIT.usage,
  dataDir: EXIT.dataDir,
};

async function run(options: Options): Promise<void> {
  const log = createLog({
    level: options.logLevel,
    format: options.logFormat,
    clock,
    write: (line) => process.stdout.write(line),
  });
  const quorate = await Quorate.open(options, log);
  onStopSignals(clock, () => void quorate.stop().then(() => process.exit(EXIT.ok), giveUp));
  let ring: () => Ring | undefined = () => undefined;
  await quorate.run({
    begun(life) {
      ring = life.node.ring;
      printBanner(options, quorate.url, life);
    },
    told(fact, sinceMs) {
      if (fact.type === 'node.serving') printServing(ring(), sinceMs);
      // Nothing in flight can be trusted to be stored, so nothing is finished in order.
      if (fact.type === 'node.failed') fail(fact.reason);
      logFact(log, fact);
    },
  });
  process.exit(EXIT.ok);
}

function printBanner(options: Options, url: string, { node, introducers }: Life): void {
  console.log(`quorate ${PROGRAM_VERSION}, node ${node.id}`);
  console.log(`serving  ${url}/kv/{key}`);
  console.log(`status   ${url}/admin/status`);
  console.log(`data     ${options.dataDir}`);
  console.log(`ring     ${ringState(introducers, options.expect, node.ring()?.epoch)}`);
}

function printServing(ring: Ring | undefined, sinceMs: number): void {
  if (ring) console.log(`copies   ${copiesText(ring)} of each key`);
  console.log(`ready in ${Math.round(sinceMs)} ms`);
}

function ringState(
  introducers: readonly string[],
  expect: number | undefined,
  epoch: number | undefined,
): string {
  if (epoch !== undefined) return `epoch ${epoch}`;
  if (expect !== undefined) return `waiting until ${expect} nodes have met`;
  if (introducers.length > 0) return `joining by ${introducers.join(', ')}`;
  return 'founding a new cluster';
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
  if (error instanceof UsageError) fail(`${error.message}\n${HELP_HINT}`, EXIT.usage);
  if (!(error instanceof StartError)) {
    console.error(error);
    process.exit(EXIT.failure);
  }
  const isUsage = error.problem === 'settings';
  fail(isUsage ? `${error.message}\n${HELP_HINT}` : error.message, EXIT_OF[error.problem]);
}

const HELP_HINT = 'Try: npm start -- --help';

function fail(message: string, code: number = EXIT.failure): never {
  console.error(`quorate: ${message}`);
  process.exit(code);
}

main();
