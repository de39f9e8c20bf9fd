/** What the failure detector is meant to reach, and whether it does. T = 1 s is its period. */

import type { Summary } from '../../src/cli/load/statistics.js';
import { EXPERIMENTS, type ExperimentName } from './experiments.js';

/** Of one experiment, by measure. */
export type Figures = { readonly [measure: string]: Summary };

export interface Row {
  readonly what: string;
  readonly aim: string;
  readonly found: string;
  readonly met: boolean;
}

interface Aim {
  readonly what: string;
  readonly aim: string;
  readonly experiments: readonly ExperimentName[];
  /** Gets the figures of each experiment. */
  readonly judge: (figures: readonly Figures[]) => Pick<Row, 'found' | 'met'>;
}

const T = 1000;

const periods = (ms: number) => `${(ms / T).toFixed(2)} T`;
const whole = (count: number) => Math.round(count).toLocaleString('en');

function pick(figures: Figures | undefined, measure: string): Summary {
  const summary = figures?.[measure];
  if (!summary) throw new Error(`${measure} was not measured`);
  return summary;
}

function deadIn(name: ExperimentName, limits: { p50: number; p99?: number }): Aim {
  const { p50: p50Limit, p99: p99Limit = Infinity } = limits;
  return {
    what: `${name}: dead for everybody`,
    aim: `p50 ≤ ${p50Limit} T${p99Limit < Infinity ? `, p99 ≤ ${p99Limit} T` : ''}`,
    experiments: [name],
    judge: ([figures]) => {
      const { p50, p99, max } = pick(figures, 'deadMs');
      const found = `p50 ${periods(p50)}, p99 ${periods(p99)}, at most ${periods(max)}`;
      return { found, met: p50 <= p50Limit * T && p99 <= p99Limit * T };
    },
  };
}

function suspectedIn(name: ExperimentName): Aim {
  return {
    what: `${name}: first suspicion`,
    aim: 'mean ≤ 1.6 T',
    experiments: [name],
    judge: ([figures]) => {
      const { mean, standardError } = pick(figures, 'suspectedMs');
      const probed = pick(figures, 'probedMs').mean;
      const parts = `first probe after ${periods(probed)}, verdict ${periods(mean - probed)} later`;
      const found = `mean ${periods(mean)} ± ${(standardError / T).toFixed(2)} (${parts})`;
      return { found, met: mean <= 1.6 * T };
    },
  };
}

function oneViewIn(name: ExperimentName): Aim {
  return {
    what: `${name}: one view`,
    aim: '≤ 10 T',
    experiments: [name],
    judge: ([figures]) => {
      const { p50, max } = pick(figures, 'oneViewMs');
      return { found: `p50 ${periods(p50)}, at most ${periods(max)}`, met: max <= 10 * T };
    },
  };
}

const falseDeaths: Aim = {
  what: 'healthy, n=5, 1 % loss: false deaths',
  aim: '0',
  experiments: ['healthy, n=5'],
  judge: ([figures]) => {
    const { sum: deaths, count } = pick(figures, 'declaredDead');
    const hours = (count * EXPERIMENTS['healthy, n=5'].setup.minutes) / 60;
    const suspicions = pick(figures, 'suspected').sum;
    const probes = pick(figures, 'probes').sum;
    const during = `${whole(hours)} h, ${whole(probes)} probes`;
    return { found: `${deaths} (${suspicions} suspicions) in ${during}`, met: deaths === 0 };
  },
};

function lifeguardAgainstPlain(what: string, measure: string): Aim {
  return {
    what: `one stalls, n=10: ${what} of others, Lifeguard : plain SWIM`,
    aim: '≤ 1 : 50',
    experiments: ['one stalls, n=10, Lifeguard', 'one stalls, n=10, plain SWIM'],
    judge: ([lifeguard, plain]) => {
      const [ours, theirs] = [pick(lifeguard, measure), pick(plain, measure)];
      const found = `${whole(ours.sum)} : ${whole(theirs.sum)} in ${ours.count} h each`;
      // Too few by plain SWIM would show nothing.
      return { found, met: theirs.sum >= 50 && ours.sum * 50 <= theirs.sum };
    },
  };
}

const messages: Aim = {
  what: 'messages per node and period, n=10 : 100 : 1000',
  aim: 'within 20 %',
  experiments: ['messages, n=10', 'messages, n=100', 'messages, n=1000'],
  judge: (all) => {
    const rates = all.map((figures) => pick(figures, 'perNodeAndPeriod').mean);
    const found = rates.map((rate) => rate.toFixed(2)).join(' : ');
    return { found, met: Math.max(...rates) <= 1.2 * Math.min(...rates) };
  },
};

const AIMS: readonly Aim[] = [
  deadIn('crash, n=5', { p50: 8, p99: 14 }),
  deadIn('crash, n=5, connections break', { p50: 6 }),
  deadIn('crash, n=50', { p50: 12 }),
  deadIn('crash, n=50, connections break', { p50: 12 }),
  suspectedIn('crash, n=5'),
  suspectedIn('crash, n=5, connections break'),
  suspectedIn('crash, n=50'),
  suspectedIn('crash, n=50, connections break'),
  falseDeaths,
  lifeguardAgainstPlain('false deaths', 'declaredDead'),
  lifeguardAgainstPlain('false suspicions', 'suspected'),
  oneViewIn('partition healed, n=10'),
  oneViewIn('partition healed, n=50'),
  oneViewIn('mass restart, n=50'),
  oneViewIn('mass restart, n=50, no news of connections'),
  messages,
];

/** The rows all of whose experiments were run. */
export function rowsOf(results: ReadonlyMap<ExperimentName, Figures>): Row[] {
  return AIMS.flatMap(({ what, aim, experiments, judge }) => {
    const figures = experiments.map((name) => results.get(name)).filter((one) => one !== undefined);
    return figures.length < experiments.length ? [] : [{ what, aim, ...judge(figures) }];
  });
}
