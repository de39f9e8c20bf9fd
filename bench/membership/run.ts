/**
 * `npm run bench:membership -- [--jobs n] [--quick]`: how soon and how reliably the failure
 * detector finds out, by simulation. The results replace those in
 * `bench/results/membership.{json,md}`; those of the short programme are only shown.
 */
import { availableParallelism } from 'node:os';
import { optionsOf } from '../../test/support/command-line.js';
import { EXPERIMENTS, type ExperimentName, NAMES } from './experiments.js';
import { runAll, type Task } from './pool.js';
import { markdownOf, reportOf, save } from './report.js';
import type { Sample } from './scenarios.js';

const { jobs, quick } = optionsOf({
  /** Processes. */
  jobs: availableParallelism(),
  /** A small share of everything, in less than a minute. */
  quick: false,
});

interface NamedTask extends Task {
  readonly name: ExperimentName;
}

function tasksOf(name: ExperimentName): NamedTask[] {
  const { scenario, setup, runs, quickRuns } = EXPERIMENTS[name];
  const count = quick ? quickRuns : runs;
  return Array.from({ length: count }, (_, i) => ({ name, scenario, setup, seed: i + 1 }));
}

const tasks = NAMES.flatMap(tasksOf);
const samples = new Map<ExperimentName, Sample[]>();
for (const { name } of tasks) samples.set(name, []);
const started = performance.now();
let done = 0;
let shownAt = started;

function progress({ name, seed }: NamedTask): void {
  const now = performance.now();
  if (now - shownAt < 10_000 && done < tasks.length) return;
  shownAt = now;
  const seconds = Math.round((now - started) / 1000);
  console.log(`${seconds} s: ${done} of ${tasks.length} runs, last ${name}, seed ${seed}`);
}

await runAll(tasks, jobs, (task, sample) => {
  samples.get(task.name)![task.seed - 1] = sample;
  done++;
  progress(task);
});

const report = reportOf(samples);
console.log(`\n${markdownOf(report)}`);
const seconds = (performance.now() - started) / 1000;
const micros = (seconds * jobs * 1e6) / report.events;
console.log(
  `${seconds.toFixed(0)} s with ${jobs} processes: ${micros.toFixed(1)} µs per event each`,
);
if (!quick) console.log(`saved as ${save(report)}`);
