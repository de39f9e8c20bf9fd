/** Which scenarios are run, how they are set up and how often; run i of each has seed i. */
import type { Setup } from './cluster.js';
import type { Scenario } from './scenarios.js';

export interface Experiment {
  readonly scenario: Scenario;
  readonly setup: Setup;
  readonly runs: number;
  /** Runs of the short programme. */
  readonly quickRuns: number;
}

const crash = (nodes: number, connections: boolean, runs: number, quickRuns: number) =>
  ({ scenario: 'crash', setup: { nodes, connections }, runs, quickRuns }) as const;

const stalling = (plain: boolean) =>
  ({
    scenario: 'stalling',
    setup: { nodes: 10, loss: 0.01, plain },
    runs: 100,
    quickRuns: 2,
  }) as const;

const messages = (nodes: number, runs: number, quickRuns: number) =>
  ({ scenario: 'messages', setup: { nodes }, runs, quickRuns }) as const;

const restart = (connections: boolean) =>
  ({ scenario: 'restart', setup: { nodes: 50, connections }, runs: 100, quickRuns: 3 }) as const;

export const EXPERIMENTS = {
  'crash, n=5': crash(5, false, 2000, 40),
  'crash, n=5, connections break': crash(5, true, 1000, 20),
  'crash, n=50': crash(50, false, 1500, 10),
  'crash, n=50, connections break': crash(50, true, 150, 4),
  'partition healed, n=10': { scenario: 'healing', setup: { nodes: 10 }, runs: 50, quickRuns: 1 },
  'partition healed, n=50': { scenario: 'healing', setup: { nodes: 50 }, runs: 10, quickRuns: 0 },
  'mass restart, n=50': restart(true),
  'mass restart, n=50, no news of connections': restart(false),
  'messages, n=10': messages(10, 5, 2),
  'messages, n=100': messages(100, 3, 1),
  'messages, n=1000': messages(1000, 1, 0),
  'one stalls, n=10, Lifeguard': stalling(false),
  'one stalls, n=10, plain SWIM': stalling(true),
  // 10 hours each: 1,000 in all.
  'healthy, n=5': {
    scenario: 'healthy',
    setup: { nodes: 5, loss: 0.01, minutes: 600 },
    runs: 100,
    quickRuns: 1,
  },
} as const satisfies { [name: string]: Experiment };

export type ExperimentName = keyof typeof EXPERIMENTS;

export const NAMES = Object.keys(EXPERIMENTS) as ExperimentName[];
