/**
 * Reach probes: what has to happen at least once in a sweep, or the sweep did not test what it
 * seems to. ("Sometimes" assertions, as Antithesis calls them; FoundationDB's code probes.)
 */
import type { QuorateNode } from '../../src/node.js';
import type { Scene } from './checkers/checker.js';
import type { FaultKind, Nemesis } from './faults.js';

/** What every sweep has to come by. */
const REQUIRED: readonly string[] = [];

/** The probes of a sweep that stayed at 0. */
export function missingProbes(counts: ProbeCounts): string[] {
  return REQUIRED.filter((name) => !counts[name]);
}

export type ProbeCounts = { readonly [name: string]: number };

export function countProbes(
  { world, cluster, history }: Scene,
  nemesis: Nemesis,
): () => ProbeCounts {
  const counts: { [name: string]: number } = {};
  const count = (name: string, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  const countRequests = (node: QuorateNode) => {
    if (!node.isReady()) return;
    const { inFlight: _, ...times } = node.status().requests;
    for (const [name, by] of Object.entries(times)) count(`coordinator ${name}`, by);
  };
  cluster.observers.push({
    fact: (_, { type }) => count(`fact ${type}`),
    ended: (_, running, how) => {
      count(`process ${how}`);
      countRequests(running.node);
    },
  });
  history.observers.push({
    completed: ({ kind, outcome, code }) => {
      count(`${kind} ${outcome}`);
      if (code) count(`refusal ${code}`);
    },
  });
  return () => {
    for (const [name, times] of Object.entries(world.network.counts))
      count(`network ${name}`, times);
    for (const [kind, times] of nemesis.counts) count(`fault ${kind satisfies FaultKind}`, times);
    for (const { running, disk } of cluster.machines) {
      for (const [name, times] of Object.entries(disk.counts)) count(`disk ${name}`, times);
      if (running) countRequests(running.node);
    }
    return counts;
  };
}
