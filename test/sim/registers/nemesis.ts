/**
 * Strikes rounds in the middle, where chance alone rarely does: an owner dies just after it has
 * promised, and is back at once; a coordinator stops between promises and storing, or its record
 * reaches some of the owners only; or it dies there.
 */

import type { Message } from '../../../src/core/messages.js';
import { recordVersion } from '../../../src/core/record.js';
import type { NodeId } from '../../../src/core/version.js';
import { isBallot } from '../../../src/core/version.js';
import type { Cluster } from '../cluster.js';
import type { Machine } from '../machine.js';
import type { Stream } from '../random.js';
import type { World } from '../world.js';

/** Where in a round to strike. */
type Moment = 'prepare' | 'promised' | 'store';

export class RoundNemesis {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #random: Stream;
  readonly #undo = new Set<() => void>();
  /** What it waits for. */
  #awaited: Moment | undefined;
  #healed = false;
  strikes = 0;

  constructor(world: World, cluster: Cluster) {
    this.#world = world;
    this.#cluster = cluster;
    this.#random = world.stream('round faults');
    world.network.taps.push((from, to, message) => this.#sent(from, to, message));
  }

  start(perMinute: number): void {
    if (perMinute === 0) return;
    const next = () => {
      this.#world.scheduler.after(this.#random.exponential(60_000 / perMinute), () => {
        if (this.#healed) return;
        this.#awaited = this.#random.pick(['prepare', 'promised', 'store']);
        next();
      });
    };
    next();
  }

  heal(): void {
    this.#healed = true;
    this.#awaited = undefined;
    for (const undo of [...this.#undo]) undo();
  }

  #sent(from: NodeId, to: NodeId, message: Message): void {
    if (!this.#awaited || momentOf(message) !== this.#awaited || this.#random.chance(0.3)) return;
    this.#awaited = undefined;
    this.strikes++;
    const [coordinator, owner] = message.type === 'replica.promised' ? [to, from] : [from, to];
    const machines = [coordinator, owner].map((node) => this.#cluster.machineOf(node));
    // Not in the middle of its turn of the event loop.
    this.#world.scheduler.after(0, () => this.#strike(machines[0], machines[1]));
  }

  #strike(coordinator: Machine | undefined, owner: Machine | undefined): void {
    if (!coordinator || !owner || this.#healed) return;
    const random = this.#random;
    this.#world.note('NEMESIS', `strikes a round of ${coordinator.name} at ${owner.name}`);
    const kinds = random.sample(['owner dies', 'pause', 'cut', 'coordinator dies'], 2);
    for (const kind of kinds.slice(0, random.whole(1, 2))) {
      if (kind === 'owner dies') this.#crash(owner);
      if (kind === 'coordinator dies') this.#crash(coordinator);
      if (kind === 'pause') this.#pause(coordinator);
      if (kind === 'cut') this.#cut(coordinator);
    }
  }

  #crash(machine: Machine): void {
    machine.crash('power cut');
    this.#takeBack(this.#random.logarithmic(5, 2000), () => machine.start());
  }

  #pause({ running }: Machine): void {
    running?.process.stop();
    this.#takeBack(this.#random.logarithmic(20, 2000), () => running?.process.goOn());
  }

  /** From some of the others. */
  #cut(machine: Machine): void {
    const { network } = this.#world;
    const others = this.#cluster.machines.filter((other) => other !== machine);
    const cut = this.#random.sample(others, this.#random.whole(1, others.length));
    const undo = cut.map((other) => network.block(machine.options.host, other.options.host));
    const forMs = this.#random.logarithmic(50, 10_000);
    this.#takeBack(forMs, () => undo.forEach((open) => void open()));
  }

  #takeBack(afterMs: number, undo: () => void): void {
    const once = () => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.#world.scheduler.after(afterMs, once);
  }
}

function momentOf(message: Message): Moment | undefined {
  switch (message.type) {
    case 'replica.prepare':
      return 'prepare';
    case 'replica.promised':
      return 'promised';
    case 'replica.write':
      return isBallot(recordVersion(message.record)) ? 'store' : undefined;
    default:
      return undefined;
  }
}
