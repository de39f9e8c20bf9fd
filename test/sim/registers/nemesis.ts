/**
 * Strikes rounds in the middle, where chance alone rarely does: an owner dies just after it has
 * promised, and is back at once; a coordinator stops between promises and storing, or its record
 * reaches some of the owners only; or it dies there.
 */

import { recordVersion } from '../../../src/core/data/record.js';
import type { NodeId } from '../../../src/core/data/version.js';
import { isBallot } from '../../../src/core/data/version.js';
import type { Message } from '../../../src/core/wire/messages.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine } from '../cluster/machine.js';
import type { Tap } from '../network/network.js';
import type { Stream } from '../world/random.js';
import type { World } from '../world/world.js';

/** Where in a round to strike. */
type Moment = 'prepare' | 'promised' | 'store';

export class RoundNemesis {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #random: Stream;
  readonly #undo = new Set<() => void>();
  readonly #listeners = new Set<Tap>();
  /** What it waits for. */
  #awaited: Moment | undefined;
  #healed = false;
  strikes = 0;

  constructor(world: World, cluster: Cluster) {
    this.#world = world;
    this.#cluster = cluster;
    this.#random = world.stream('round faults');
    world.network.taps.push((from, to, message) => {
      for (const listener of [...this.#listeners]) listener(from, to, message);
    });
    this.#listeners.add((from, to, message) => this.#sent(from, to, message));
  }

  start(perMinute: number): void {
    if (perMinute === 0) return;
    this.#cluster.observers.push({
      fact: (_, { type }) => {
        if (type === 'ring.changed') this.#ringChanged();
      },
    });
    const next = () => {
      this.#world.scheduler.after(this.#random.exponential(60_000 / perMinute), () => {
        if (this.#healed) return;
        this.#awaited = this.#random.pick(['prepare', 'promised', 'store']);
        next();
      });
    };
    next();
  }

  /** Owners change: somebody is asleep with promises of the old ones, and then goes on. */
  #ringChanged(): void {
    if (this.#healed || this.#random.chance(0.3)) return;
    const tap: Tap = (from, to, { type }) => {
      const isHit = type === 'replica.promised' && to !== from && !this.#random.chance(0.7);
      const coordinator = isHit ? this.#cluster.machineOf(to) : undefined;
      if (!coordinator) return;
      end();
      this.#world.scheduler.after(0, () => {
        if (!this.#healed) this.#pause(coordinator, this.#random.logarithmic(100, 2000));
      });
    };
    const end = this.#listen(1000, tap);
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
    if (random.chance(0.25)) return this.#forget(owner);
    const kinds = random.sample(['owner dies', 'pause', 'cut', 'coordinator dies'], 2);
    for (const kind of kinds.slice(0, random.whole(1, 2))) {
      if (kind === 'owner dies') this.#crash(owner, random.logarithmic(5, 2000));
      if (kind === 'coordinator dies') this.#crash(coordinator, random.logarithmic(5, 2000));
      if (kind === 'pause') this.#pause(coordinator, random.logarithmic(20, 2000));
      if (kind === 'cut') this.#cut(coordinator);
    }
  }

  /**
   * The others are halves that meet in this owner only, and both are slow, while it dies again and
   * again just after it has promised: if a promise could be forgotten, both would have their way.
   */
  #forget(owner: Machine): void {
    const random = this.#random;
    const { network, scheduler } = this.#world;
    const forMs = random.between(2000, 10_000);
    const others = random.sample(this.#cluster.machines.filter((other) => other !== owner));
    const middle = random.whole(1, Math.max(1, others.length - 1));
    const halves = [others.slice(0, middle), others.slice(middle)] as const;
    this.#takeBack(forMs, this.#world.fault('halves that meet in one', others));
    for (const [a, b] of [halves, halves.toReversed() as [Machine[], Machine[]]]) {
      this.#takeBack(forMs, blockAll(this.#world, a, b));
    }
    for (const one of others) {
      one.disk.slowness = random.logarithmic(50, 600) / one.options.diskOptions.syncMs;
      this.#takeBack(forMs, () => {
        one.disk.slowness = 1;
      });
    }
    for (const half of halves) {
      for (const [from, to] of half.flatMap((one) => half.map((other) => [one, other] as const))) {
        if (from === to || random.chance(0.5)) continue;
        const delayMs = random.logarithmic(20, 1000);
        this.#takeBack(forMs, network.clog(from.options.host, to.options.host, delayMs));
      }
    }
    const tap: Tap = (from, _, { type }) => {
      if (type !== 'replica.promised' || from !== owner.nodeId || random.chance(0.7)) return;
      scheduler.after(0, () => {
        if (!this.#healed) this.#crash(owner, random.logarithmic(1, 20));
      });
    };
    this.#listen(forMs, tap);
  }

  #listen(forMs: number, tap: Tap): () => void {
    this.#listeners.add(tap);
    return this.#takeBack(forMs, () => this.#listeners.delete(tap));
  }

  #crash(machine: Machine, forMs: number): void {
    machine.crash('power cut');
    this.#takeBack(forMs, () => machine.start());
  }

  #pause(machine: Machine, forMs: number): void {
    const { running } = machine;
    running?.process.stop();
    const over = this.#world.fault('pause', [machine]);
    this.#takeBack(forMs, () => {
      running?.process.goOn();
      over();
    });
  }

  /** From some of the others. */
  #cut(machine: Machine): void {
    const others = this.#cluster.machines.filter((other) => other !== machine);
    const cut = this.#random.sample(others, this.#random.whole(1, others.length));
    const forMs = this.#random.logarithmic(50, 10_000);
    const open = blockAll(this.#world, [machine], cut);
    const over = this.#world.fault('cut', [machine]);
    this.#takeBack(forMs, () => {
      open();
      over();
    });
  }

  /** Returns how to do so earlier. */
  #takeBack(afterMs: number, undo: () => void): () => void {
    const once = () => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.#world.scheduler.after(afterMs, once);
    return once;
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

function blockAll({ network }: World, from: readonly Machine[], to: readonly Machine[]) {
  const undo = from.flatMap((a) => to.map((b) => network.block(a.options.host, b.options.host)));
  return () => undo.forEach((open) => void open());
}
