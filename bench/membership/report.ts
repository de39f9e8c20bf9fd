/**
 * The results as JSON and for people. Neither says when, where or on which code they were found:
 * the same code finds the same, and a difference is a change of the detector.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { LAN } from '../../actors/membership/config.js';
import { type Summary, summarize } from '../../src/cli/load/statistics.js';
import { type Figures, type Row, rowsOf } from './aims.js';
import { EXPERIMENTS, type ExperimentName } from './experiments.js';
import type { Sample } from './scenarios.js';

const FOLDER = 'bench/results';

/** Of each experiment, in the order of the seeds, which are 1, 2, 3 and so on. */
export type Samples = ReadonlyMap<ExperimentName, readonly Sample[]>;

interface Result {
  readonly scenario: string;
  readonly setup: object;
  readonly seeds: { readonly from: number; readonly to: number };
  readonly simulatedHours: number;
  readonly events: number;
  readonly measures: Figures;
}

export interface Report {
  readonly aims: readonly Row[];
  readonly simulatedHours: number;
  readonly events: number;
  readonly config: object;
  readonly experiments: { readonly [name: string]: Result };
}

export function reportOf(samples: Samples): Report {
  const results = new Map([...samples].map(([name, all]) => [name, resultOf(name, all)] as const));
  const measures = [...results].map(([name, result]) => [name, result.measures] as const);
  return {
    aims: rowsOf(new Map(measures)),
    ...total([...samples.values()].flat()),
    config: LAN,
    experiments: Object.fromEntries(results),
  };
}

function resultOf(name: ExperimentName, samples: readonly Sample[]): Result {
  const { scenario, setup } = EXPERIMENTS[name];
  const measureNames = new Set(samples.flatMap(({ values }) => Object.keys(values)));
  const measures = [...measureNames].map((measure) => [
    measure,
    summarize(samples.map(({ values }) => values[measure] ?? 0)),
  ]);
  const seeds = { from: 1, to: samples.length };
  return { scenario, setup, seeds, ...total(samples), measures: Object.fromEntries(measures) };
}

function total(samples: readonly Sample[]): { simulatedHours: number; events: number } {
  let ms = 0;
  let events = 0;
  for (const sample of samples) {
    ms += sample.simulatedMs;
    events += sample.events;
  }
  return { simulatedHours: Number((ms / 3_600_000).toFixed(1)), events };
}

export function markdownOf({ aims, simulatedHours, events, experiments }: Report): string {
  const aimRows = aims.map(({ what, aim, found, met }) => [
    what,
    aim,
    found,
    met ? 'yes' : '**no**',
  ]);
  const measureRows = Object.entries(experiments).flatMap(([name, { seeds, measures }]) =>
    Object.entries(measures).map(([measure, summary]) => [
      name,
      String(seeds.to),
      measure,
      ...figuresOf(summary),
    ]),
  );
  const hours = simulatedHours.toLocaleString('en');
  return `# The failure detector, simulated

\`npm run bench:membership\`: the production actor on a simulated network that takes 0.2 to 2 ms one
way; ${hours} simulated hours, ${events.toLocaleString('en')} events, seeds 1, 2, 3, … for the runs
of each experiment. The same code gives the same figures on every machine.

- T = ${LAN.periodMs / 1000} s is the probe period.
- "Connections break": the others see the connections of a killed process break. Otherwise they find
  out by probing, as when a machine or its network dies.
- "One stalls": for 1.5 s of every 2 s, with 1 % loss. Plain SWIM is the same code without
  Lifeguard, on a host that judges inside its timers. What each node declares is counted.
- "One view": looked for every 50 ms.

${table(['what', 'aim', 'found', 'met'], aimRows)}

## All measures

Times since the event in ms; counts per run, by all nodes together.

${table(['experiment', 'runs', 'measure', 'mean', '±', 'p50', 'p90', 'p99', 'max'], measureRows)}
`;
}

function figuresOf({ mean, standardError, p50, p90, p99, max }: Summary): string[] {
  return [mean, standardError, p50, p90, p99, max].map((value) =>
    Number(value.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 3 }),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Replaces the last results; returns the path of what people read. */
export function save(report: Report): string {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/membership.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(`${FOLDER}/membership.md`, markdownOf(report));
  return `${FOLDER}/membership.md`;
}
