/**
 * The nemesis: strikes now and then with each kind of fault that a seed has switched on, and takes
 * back what it did after a while, or at the latest when the world is healed.
 *
 * The fault budget. A crash takes only what was not synced, so crashes are free: any number of
 * machines at once, all of them too. What destroys synced rows (a flipped bit; later a lost or an
 * old disk) may strike a copy only if, for every key on it, a write quorum of the owners still
 * holds the newest synced version intact afterwards, in each set of owners while they change. So an
 * acknowledged write always keeps W copies, and the reads that the design promises stay possible.
 * (`deepRot` alone goes further, where owners do not change, and then reads are only safe.)
 *
 * Clocks. What a node stamps while its clock is far ahead is refused by the others, and stays on
 * its own disk: until time has caught up, that owner does not count for the key, and the node
 * itself, which never stamps backwards, cannot write. So in one run one machine only runs ahead,
 * where the quorums can do without it and no transition spreads what it holds.
 */

import type { NodeId } from '../../src/core/version.js';
import type { Cluster } from './cluster.js';
import type { Machine } from './machine.js';
import type { Host, Tap } from './network.js';
import type { Stream } from './random.js';
import { flipBit, rotDeeply } from './rot.js';
import type { World } from './world.js';

export type FaultKind = keyof typeof KINDS;
export type FaultRates = { readonly [K in FaultKind]?: number };

/** What is undone when its time is over. */
interface Strike {
  readonly forMs: number;
  readonly undo: () => void;
}

interface Scene {
  readonly world: World;
  readonly cluster: Cluster;
  readonly random: Stream;
}

export const KINDS = {
  isolate(scene: Scene) {
    const { cluster, random } = scene;
    const one = random.pick(cluster.machines);
    return separate(scene, [one], without(cluster.machines, one));
  },
  halves(scene: Scene) {
    const [some, others] = split(scene);
    return separate(scene, some, others);
  },
  oneWay(scene: Scene) {
    const { cluster, random } = scene;
    const one = random.pick(cluster.machines);
    const others = random.sample(
      without(cluster.machines, one),
      random.whole(1, cluster.machines.length - 1),
    );
    const [from, to] = random.chance(0.5) ? [[one], others] : [others, [one]];
    return lasting(scene, blockAll(scene, hosts(from), hosts(to)));
  },
  /** Two halves that both reach one machine, and not each other. */
  bridge(scene: Scene) {
    const [some, others] = split(scene);
    return separate(scene, some.slice(1), others);
  },
  /** Machines lose the network one by one, and get it back in another order. */
  swizzle(scene: Scene) {
    const { world, cluster, random } = scene;
    const strikes = random.sample(cluster.machines).map((machine) => {
      const after = random.between(0, 10_000);
      const others = hosts(without(cluster.machines, machine));
      let undo: (() => void) | undefined;
      const task = world.scheduler.after(after, () => {
        undo = blockBoth(scene, hosts([machine]), others);
      });
      const back = world.scheduler.after(after + random.between(5000, 20_000), () => undo?.());
      return () => {
        world.scheduler.cancel(task);
        world.scheduler.cancel(back);
        undo?.();
      };
    });
    return { forMs: 30_000, undo: () => strikes.forEach((undo) => void undo()) };
  },
  clog(scene: Scene) {
    const { world, cluster, random } = scene;
    const [a, b] = random.sample(cluster.machines, 2);
    const delayMs = random.logarithmic(50, 5000);
    const undo = [
      world.network.clog(a!.options.host, b!.options.host, delayMs),
      world.network.clog(b!.options.host, a!.options.host, delayMs),
    ];
    return lasting(scene, () => undo.forEach((open) => void open()));
  },
  reset({ cluster, random }: Scene) {
    const { running } = random.pick(cluster.machines);
    const peer = running && random.pick(running.transport.connected());
    if (peer !== undefined) running!.transport.cut(peer);
    return undefined;
  },
  kill(scene: Scene) {
    return takeDown(scene, scene.random.pick(scene.cluster.machines), 'killed');
  },
  powerCut(scene: Scene) {
    return takeDown(scene, scene.random.pick(scene.cluster.machines), 'power cut');
  },
  killAll(scene: Scene) {
    const strikes = scene.cluster.running.map((machine) => takeDown(scene, machine, 'power cut'));
    const { scheduler } = scene.world;
    const tasks = strikes.map((strike) => scheduler.after(strike.forMs, strike.undo));
    const undo = () => {
      for (const task of tasks) scheduler.cancel(task);
      for (const strike of strikes) strike.undo();
    };
    return { forMs: Math.max(0, ...strikes.map((strike) => strike.forMs)), undo };
  },
  shutDown({ world, cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    const downMs = downtimeMs(random);
    machine.running?.process.deliver(() => {
      machine.shutDown(() => void world.scheduler.after(downMs, () => machine.start()));
    });
    return undefined;
  },
  /** A node dies just after it was asked for a vote, or just after it asked. */
  killVoter(scene: Scene) {
    const { world, cluster, random } = scene;
    return ambush(scene, /^ring\.(prepare|accept)$/, (from, to) => {
      const victim = cluster.machineOf(random.chance(0.7) ? to : from);
      let strike: Strike | undefined;
      world.scheduler.after(random.exponential(10), () => {
        if (victim) strike = takeDown(scene, victim, 'power cut');
        if (strike) world.scheduler.after(strike.forMs, strike.undo);
      });
      return () => strike?.undo();
    });
  },
  /** A ring is decided, and only its proposer knows; perhaps some that voted die, too. */
  muteProposer(scene: Scene) {
    const { world, cluster, random } = scene;
    return ambush(scene, /^ring\.decided$/, (from) => {
      const proposer = cluster.machineOf(from);
      if (!proposer) return () => undefined;
      const others = without(cluster.machines, proposer);
      const undo = [blockBoth(scene, hosts([proposer]), hosts(others))];
      const victims = random.chance(0.5) ? random.whole(1, others.length) : 0;
      for (const victim of random.sample(others, victims)) {
        const strike = takeDown(scene, victim, 'power cut');
        world.scheduler.after(strike.forMs, strike.undo);
        undo.push(strike.undo);
      }
      world.scheduler.after(random.logarithmic(300, 30_000), undo[0]!);
      return () => undo.forEach((takeBack) => void takeBack());
    });
  },
  pause({ cluster, random }: Scene) {
    const { running } = random.pick(cluster.machines);
    running?.process.stop();
    return { forMs: random.logarithmic(100, 60_000), undo: () => running?.process.goOn() };
  },
  /** Stopped and let go again, over and over: what a starved machine looks like to the others. */
  stutter({ world, cluster, random }: Scene) {
    const { running } = random.pick(cluster.machines);
    const [runMs, stopMs] = [random.logarithmic(5, 500), random.logarithmic(5, 1500)];
    const forMs = random.between(5000, 30_000);
    const endsAt = world.now + forMs;
    let over = false;
    const stop = () => {
      if (over || world.now >= endsAt || !running?.process.isRunning) return;
      running.process.stop();
      world.scheduler.after(stopMs, () => {
        running.process.goOn();
        world.scheduler.after(runMs, stop);
      });
    };
    stop();
    const undo = () => {
      over = true;
      running?.process.goOn();
    };
    return { forMs, undo };
  },
  clockAhead(scene: Scene) {
    const { cluster, random } = scene;
    const { wall } = cluster.falseTicker.options;
    const byMs = random.logarithmic(100, 3_600_000);
    wall.jump(byMs);
    return lasting(scene, () => wall.jump(-byMs));
  },
  clockBehind(scene: Scene) {
    const { cluster, random } = scene;
    const { wall } = random.pick(cluster.machines).options;
    const byMs = random.logarithmic(100, 3_600_000);
    wall.jump(-byMs);
    return lasting(scene, () => wall.jump(byMs));
  },
  diskError({ cluster, random }: Scene) {
    random.pick(cluster.machines).disk.failNextSync();
    return undefined;
  },
  diskFull(scene: Scene) {
    const { disk } = scene.random.pick(scene.cluster.machines);
    disk.isFull = true;
    return lasting(scene, () => {
      disk.isFull = false;
    });
  },
  diskSlow(scene: Scene) {
    const { disk } = scene.random.pick(scene.cluster.machines);
    disk.slowness = scene.random.logarithmic(2, 100);
    return lasting(scene, () => {
      disk.slowness = 1;
    });
  },
  bitFlip({ cluster, random }: Scene) {
    flipBit(cluster, random);
    return undefined;
  },
  /** Beyond the budget: nothing can be read then, but nothing wrong may be read either. */
  deepRot({ cluster, random }: Scene) {
    rotDeeply(cluster, random);
    return undefined;
  },
} satisfies { [kind: string]: (scene: Scene) => Strike | undefined };

export class Nemesis {
  readonly #scene: Scene;
  readonly #active = new Set<() => void>();
  readonly counts = new Map<FaultKind, number>();
  #healed = false;

  constructor(world: World, cluster: Cluster) {
    this.#scene = { world, cluster, random: world.stream('faults') };
  }

  start(rates: FaultRates): void {
    this.#scene.world.network.isCalm = false;
    for (const [kind, perMinute] of Object.entries(rates)) {
      this.#await(kind as FaultKind, 60_000 / perMinute);
    }
  }

  #await(kind: FaultKind, meanMs: number): void {
    const { world, random } = this.#scene;
    world.scheduler.after(random.exponential(meanMs), () => {
      if (this.#healed) return;
      this.strike(kind);
      this.#await(kind, meanMs);
    });
  }

  strike(kind: FaultKind): void {
    const { world } = this.#scene;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    world.note('NEMESIS', kind);
    const strike = KINDS[kind](this.#scene);
    if (!strike) return;
    const undo = () => {
      if (!this.#active.delete(undo)) return;
      world.note('NEMESIS', `${kind} is over`);
      strike.undo();
    };
    this.#active.add(undo);
    world.scheduler.after(strike.forMs, undo);
  }

  /** Nothing strikes any more, and all that did is undone. */
  heal(): void {
    this.#healed = true;
    const { world, cluster } = this.#scene;
    world.note('NEMESIS', 'all is healed');
    for (const undo of [...this.#active]) undo();
    world.network.heal();
    for (const { disk } of cluster.machines) disk.recover();
  }
}

/** Waits for a message of that kind, and then, once, as it is sent, springs. */
function ambush(
  { world, random }: Scene,
  types: RegExp,
  spring: (from: NodeId, to: NodeId) => () => void,
): Strike {
  const { taps } = world.network;
  let undo: (() => void) | undefined;
  let isOver = false;
  const tap: Tap = (from, to, { type }) => {
    if (isOver || undo || !types.test(type) || random.chance(0.5)) return;
    world.note('NEMESIS', `springs at ${type}`);
    undo = spring(from, to);
  };
  taps.push(tap);
  const end = () => {
    isOver = true;
    undo?.();
  };
  return { forMs: 120_000, undo: end };
}

function takeDown({ random }: Scene, machine: Machine, how: 'killed' | 'power cut'): Strike {
  machine.crash(how);
  return { forMs: downtimeMs(random), undo: () => machine.start() };
}

/** Shorter than a probe takes to notice, about as long, or long enough to be given up. */
const DOWNTIMES_MS = [
  [10, 500],
  [500, 5000],
  [5000, 60_000],
] as const;

function downtimeMs(random: Stream): number {
  const [least, most] = random.pick(DOWNTIMES_MS);
  return random.logarithmic(least, most);
}

/** Partitions and the like last from a moment to longer than every timeout. */
function lasting({ random }: Scene, undo: () => void): Strike {
  return { forMs: random.logarithmic(300, 60_000), undo };
}

function separate(scene: Scene, some: readonly Machine[], others: readonly Machine[]): Strike {
  return lasting(scene, blockBoth(scene, hosts(some), hosts(others)));
}

function blockBoth(scene: Scene, some: readonly Host[], others: readonly Host[]): () => void {
  const undo = [blockAll(scene, some, others), blockAll(scene, others, some)];
  return () => undo.forEach((open) => void open());
}

function blockAll({ world }: Scene, from: readonly Host[], to: readonly Host[]): () => void {
  const undo = from.flatMap((a) => to.map((b) => world.network.block(a, b)));
  return () => undo.forEach((open) => void open());
}

function split({ cluster, random }: Scene): [Machine[], Machine[]] {
  const shuffled = random.sample(cluster.machines);
  const size = random.whole(1, Math.max(1, shuffled.length - 1));
  return [shuffled.slice(0, size), shuffled.slice(size)];
}

function hosts(machines: readonly Machine[]): Host[] {
  return machines.map(({ options }) => options.host);
}

function without(machines: readonly Machine[], one: Machine): Machine[] {
  return machines.filter((machine) => machine !== one);
}
