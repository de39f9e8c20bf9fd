/** A simulated cluster that is made as an experiment wants it, and watched. */
import { type SimulatedNode, Simulation } from '../../test/actors/membership/harness.js';

/** What an experiment may vary; each scenario reads what concerns it. */
export interface Setup {
  readonly nodes: number;
  /** Part of the messages that get lost. */
  readonly loss?: number;
  /** Whether the others see a crash break their connections, and a start bring them up. */
  readonly connections?: boolean;
  /** SWIM without Lifeguard, by a host that judges inside its timers. */
  readonly plain?: boolean;
  /** How long the scenario's state lasts, where it has a length. */
  readonly minutes?: number;
}

/** What takes longer is counted as this long. */
export const LONGEST_MS = 120_000;

export class Cluster extends Simulation {
  onSend: (to: string, type: string) => void = () => undefined;

  constructor(seed: number, { nodes, loss = 0, connections = true, plain = false }: Setup) {
    const options = { nodes, seed, loss, connect: connections, deferTimers: !plain };
    super({ ...options, config: { lifeguard: !plain } });
  }

  override send(...[from, params]: Parameters<Simulation['send']>): void {
    this.onSend(params.to, params.message.type);
    super.send(from, params);
  }

  /** Starts all, and stops when they have agreed, at no particular point of their periods. */
  settle(): void {
    this.start();
    this.runFor(20_000);
    if (this.untilSettled(1000) === LONGEST_MS) throw new Error('no common view after the start');
    this.runFor(this.random.between(0, 5000));
  }

  /** How long it takes until all have one view and it is true. */
  untilSettled(stepMs = 50): number {
    return this.runUntil(() => this.isSettled(), LONGEST_MS, stepMs) ?? LONGEST_MS;
  }

  /** Counts the declarations of each node, about all but `except`. */
  countAccusations(except?: SimulatedNode): { suspected: number; declaredDead: number } {
    const counts = { suspected: 0, declaredDead: 0 };
    this.onFact = (_, fact) => {
      if (fact.type === 'member.suspect' && fact.id !== except?.id) counts.suspected++;
      if (fact.type === 'member.dead' && fact.id !== except?.id) counts.declaredDead++;
    };
    return counts;
  }
}
