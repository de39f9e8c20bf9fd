/**
 * What happens to a simulated cluster, and what is measured while it does. One seed gives one run;
 * all times are simulated.
 */
import { Cluster, LONGEST_MS, type Setup } from './cluster.js';

export interface Sample {
  /** By name; the unit is the last part of the name, if there is one. */
  readonly values: { readonly [measure: string]: number };
  readonly simulatedMs: number;
  readonly events: number;
}

type Values = Sample['values'];

/** One node is killed. Times since then: first probed, first suspected, dead for everybody. */
function crash(cluster: Cluster, { connections = true }: Setup): Values {
  const victim = cluster.random.pick(cluster.nodes);
  const unaware = new Set(cluster.nodes);
  unaware.delete(victim);
  const crashedAt = cluster.now;
  let probedMs: number | undefined;
  let suspectedMs: number | undefined;
  let deadMs = LONGEST_MS;
  cluster.onSend = (to, type) => {
    if (to === victim.id && type === 'swim.ping') probedMs ??= cluster.now - crashedAt;
  };
  cluster.onFact = (node, fact) => {
    if (!('id' in fact) || fact.id !== victim.id) return;
    if (fact.type === 'member.suspect') suspectedMs ??= cluster.now - crashedAt;
    if (fact.type !== 'member.dead') return;
    if (unaware.delete(node) && unaware.size === 0) deadMs = cluster.now - crashedAt;
  };
  victim.crash({ hint: connections });
  cluster.runUntil(() => unaware.size === 0, LONGEST_MS);
  return { probedMs: probedMs ?? LONGEST_MS, suspectedMs: suspectedMs ?? LONGEST_MS, deadMs };
}

/** Nothing happens but the loss of messages. Probes by relays are counted too. */
function healthy(cluster: Cluster, { minutes = 60 }: Setup): Values {
  const counts = cluster.countAccusations();
  cluster.sent.clear();
  cluster.runFor(minutes * 60_000);
  return { ...counts, probes: cluster.sent.get('swim.ping') ?? 0 };
}

/** One node stalls for 1.5 s of every 2 s: what the others are accused of, by anybody. */
function stalling(cluster: Cluster, { minutes = 60 }: Setup): Values {
  const victim = cluster.nodes[0]!;
  const counts = cluster.countAccusations(victim);
  const stall = () => {
    victim.stall(1500);
    cluster.scheduler.after(2000, stall);
  };
  stall();
  cluster.runFor(minutes * 60_000);
  return counts;
}

/** Two halves hear nothing of each other; how long until one view after the healing. */
function healing(cluster: Cluster, { nodes, minutes = 60 }: Setup): Values {
  const left = new Set(cluster.nodes.slice(0, nodes >> 1));
  cluster.isCut = (from, to) => left.has(from) !== left.has(to);
  cluster.runFor(minutes * 60_000);
  cluster.isCut = () => false;
  return { oneViewMs: cluster.untilSettled() };
}

/** One half is down for 30 s; then all start anew within 2 s. One view after the last start. */
function restart(cluster: Cluster, { nodes }: Setup): Values {
  for (const node of cluster.nodes.slice(0, nodes >> 1)) node.crash();
  cluster.runFor(30_000);
  for (const node of cluster.nodes) {
    node.crash();
    cluster.scheduler.after(cluster.random.between(0, 2000), () => node.start());
  }
  cluster.runFor(2000);
  return { oneViewMs: cluster.untilSettled() };
}

/** Nothing happens: messages per node and period, in all and by type. */
function messages(cluster: Cluster, { nodes, minutes = 1 }: Setup): Values {
  cluster.sent.clear();
  cluster.runFor(minutes * 60_000);
  const periods = (minutes * 60_000) / cluster.config.periodMs;
  const rates = [...cluster.sent].map(([type, count]) => [type, count / nodes / periods] as const);
  const perNodeAndPeriod = rates.reduce((sum, [, rate]) => sum + rate, 0);
  return { perNodeAndPeriod, ...Object.fromEntries(rates) };
}

const SCENARIOS = { crash, healthy, stalling, healing, restart, messages };

export type Scenario = keyof typeof SCENARIOS;

export function runScenario(scenario: Scenario, setup: Setup, seed: number): Sample {
  const cluster = new Cluster(seed, setup);
  cluster.settle();
  const values = SCENARIOS[scenario](cluster, setup);
  return { values, simulatedMs: cluster.now, events: cluster.scheduler.executed };
}
