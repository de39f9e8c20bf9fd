/**
 * The simulator's command line; `npm run sim -- --help` shows what it can do.
 *
 * Exit codes: 0 nothing was wrong; 1 something was, and was shown with the command that replays it;
 * 2 a command line that makes no sense.
 */
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/system.js';
import { findPlanted, PLANTED } from './planted/planted.js';
import { missingProbes, type ProbeCounts } from './probes.js';
import { Recorder } from './recording/recorder.js';
import REGRESSIONS from './regressions.json' with { type: 'json' };
import { type RunResult, simulate } from './run.js';
import { CONSOLE_COMMAND, optionsOf, recordCommand, replayCommand, sweep } from './sweep.js';

const USAGE = `npm run sim -- [options]
  --seeds n      how many seeds to run (300), after those that failed once
  --from n       the first of them (1)
  --jobs n       processes (all cores); 0 runs in this one
  --seed n       one seed only
  --trace        with --seed: every line of what happens
  --record file  with --seed: a recording of it, as in docs/debugging.md
  --record-mb n  at most so much of it, the last (64)
  --probes       show how often everything happened
  --planted name with a planted bug, or "all": each until what it breaks is found
`;
const LAST_LINES = 50;
/** Fewer seeds need not come by every probe. */
const PROBES_FROM_SEEDS = 200;
/** More than this, and the bug wants a scenario. */
const PLANTED_LIMIT = 30;
/** Share of the registers. */
const MOST_UNDECIDED = 0.001;

const options = {
  seeds: { type: 'string', default: '300' },
  from: { type: 'string', default: '1' },
  jobs: { type: 'string', default: String(availableParallelism()) },
  seed: { type: 'string' },
  trace: { type: 'boolean', default: false },
  record: { type: 'string' },
  'record-mb': { type: 'string', default: '64' },
  probes: { type: 'boolean', default: false },
  planted: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;
const values = given();
if (values.planted !== undefined && values.planted !== 'all' && !(values.planted in PLANTED)) {
  refuse(`no bug is called ${values.planted}; there are ${Object.keys(PLANTED).join(', ')}`);
}

if (values.record !== undefined && values.seed === undefined) {
  refuse('--record is of one run, and goes with --seed');
}

function given() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(why: string): never {
  console.error(`${why}\n\n${USAGE}`);
  process.exit(2);
}

function numbered(text: string): number {
  const number = Number(text);
  return text === '' || !(Number.isSafeInteger(number) && number >= 0)
    ? refuse(`${JSON.stringify(text)} is not a whole number`)
    : number;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

async function runOne(seed: number): Promise<boolean> {
  const planted = values.planted === undefined ? undefined : findPlanted(values.planted);
  planted?.plant();
  const options = optionsOf(seed, planted);
  const keep = values.trace ? 0 : LAST_LINES;
  const print = values.trace ? { print: (line: string) => console.log(line) } : {};
  const recording = values.record === undefined ? undefined : record(values.record);
  const result = await simulate(
    options,
    { keep, ...print },
    recording?.recorder,
    planted?.caughtBy,
  );
  recording?.save();
  if (!result.violation) {
    console.log(`seed ${seed}: ${show(result)}`);
    return true;
  }
  for (const line of result.lines) console.log(line);
  console.log(`\nseed ${seed} failed; what it stands for:\n${JSON.stringify(options, null, 2)}`);
  console.log(`\n${show(result)}`);
  showCommands(seed);
  return false;
}

/** The file is opened before the run: one that cannot be written is found out at once. */
function record(path: string): { recorder: Recorder; save: () => void } {
  const recorder = new Recorder(numbered(values['record-mb']) * 2 ** 20);
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    return refuse(`the recording cannot be written: ${(error as Error).message}`);
  }
  const save = () => {
    writeFileSync(file, recorder.finish());
    closeSync(file);
    console.log(`recorded in ${path}`);
  };
  return { recorder, save };
}

function showCommands(seed: number): void {
  console.log(`\nto record it: ${recordCommand(seed, values.planted)}`);
  console.log(`to step through that: ${CONSOLE_COMMAND}`);
  console.log(`to see all of it: ${replayCommand(seed, values.planted)} --trace`);
}

function show(result: RunResult): string {
  const { violation, hash, events, simulatedMs, operations } = result;
  const seconds = (simulatedMs / 1000).toFixed(0);
  const done = Object.entries(operations).map(([outcome, count]) => `${count} ${outcome}`);
  const fine = `${seconds} s, ${events} events, operations ${done.join(', ')}, trace ${hash}`;
  if (!violation) return fine;
  const at = (violation.atMs / 1000).toFixed(3);
  return `${fine}\nbroken at ${at} s: ${violation.invariant}\n${violation.detail}`;
}

async function runMany(): Promise<boolean> {
  const seeds = range(numbered(values.from), numbered(values.seeds));
  const failed: RunResult[] = [];
  const probes: { [name: string]: number } = {};
  const total = { seeds: 0, events: 0, simulatedMs: 0, operations: 0 };
  const started = systemClock.monotonic();
  await sweep({
    seeds: [...REGRESSIONS.map(({ seed }) => seed), ...seeds],
    jobs: numbered(values.jobs),
    planted: values.planted,
    ended(result) {
      total.seeds++;
      total.events += result.events;
      total.simulatedMs += result.simulatedMs;
      for (const count of Object.values(result.operations)) total.operations += count;
      add(probes, result.probes);
      if (result.violation) {
        failed.push(result);
        console.log(`\nseed ${result.seed} FAILED: ${show(result)}`);
        console.log(`to record it: ${recordCommand(result.seed)}`);
        console.log(`to step through that: ${CONSOLE_COMMAND}`);
      }
      if (total.seeds % 50 === 0) console.log(`${total.seeds} seeds, ${failed.length} failed`);
    },
  });
  const seconds = (systemClock.monotonic() - started) / 1000;
  const perSecond = (count: number) => Math.round(count / seconds).toLocaleString('en');
  console.log(
    `\n${total.seeds} seeds, ${(total.simulatedMs / 3_600_000).toFixed(1)} simulated hours, ` +
      `${total.operations} operations in ${seconds.toFixed(0)} s\n` +
      `${perSecond(total.events)} events and ${perSecond(total.simulatedMs / 1000)} simulated ` +
      `seconds per second`,
  );
  const tooManyUndecided = !decided(probes);
  if (values.probes) {
    for (const name of Object.keys(probes).sort()) console.log(`  ${name}: ${probes[name]}`);
  }
  const missing = seeds.length < PROBES_FROM_SEEDS ? [] : missingProbes(probes);
  if (missing.length > 0) console.log(`never happened: ${missing.join(', ')}`);
  for (const { seed } of failed.slice(0, 1)) {
    console.log(`\nthe first that failed:\n`);
    await runOne(seed);
  }
  return failed.length === 0 && missing.length === 0 && !tooManyUndecided;
}

/** What came of checking registers; false if it came to nothing for too many of them. */
function decided(probes: ProbeCounts): boolean {
  const count = (name: string) => probes[`registers: ${name}`] ?? 0;
  const [keys, undecided] = [count('keys'), count('undecided')];
  console.log(
    `${count('operations')} linearizable operations on ${keys} keys, ${count('counters')} of ` +
      `them counters; ${undecided} undecided`,
  );
  return undecided <= keys * MOST_UNDECIDED;
}

async function runPlanted(): Promise<boolean> {
  const names = values.planted === 'all' ? Object.keys(PLANTED) : [values.planted!];
  let allCaught = true;
  for (const planted of names) {
    let tried = 0;
    let caught: RunResult | undefined;
    await sweep({
      seeds: range(numbered(values.from), PLANTED_LIMIT),
      jobs: numbered(values.jobs),
      planted,
      stopAtFirst: true,
      ended(result) {
        tried++;
        if (result.violation) caught ??= result;
      },
    });
    const { caughtBy } = findPlanted(planted);
    const how = caught ? `seed ${caught.seed}: ${caughtBy}` : `NOT CAUGHT: ${caughtBy}`;
    console.log(`${planted.padEnd(24)} ${String(tried).padStart(3)} seeds  ${how}`);
    if (!caught) allCaught = false;
  }
  return allCaught;
}

function add(sum: { [name: string]: number }, counts: ProbeCounts): void {
  for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
}

async function main(): Promise<boolean> {
  if (values.help) {
    console.log(USAGE);
    return true;
  }
  if (values.seed !== undefined) return runOne(numbered(values.seed));
  return values.planted === undefined ? runMany() : runPlanted();
}

process.exitCode = (await main()) ? 0 : 1;
