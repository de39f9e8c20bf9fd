/**
 * The nemesis: strikes now and then with each kind of fault that a seed has switched on, and takes
 * back what it did after a while, or at the latest when the world is healed.
 *
 * The fault budget. A crash takes only what was not synced, so crashes are free: any number of
 * machines at once, all of them too. What destroys synced rows (a flipped bit, a lost disk or an
 * old one) may strike a copy only if, for every key on it, a write quorum of the owners still
 * holds the newest synced version intact afterwards, in each set of owners while they change. So an
 * acknowledged write always keeps W copies, and the reads that the design promises stay possible.
 *
 * Clocks may be wrong in any way, one or all, also while owners change: see `clocks.ts`.
 */

import type { FaultKind } from '../options.js';
import { CLOCK_FAULTS } from './clocks.js';
import { OWNER_FAULTS } from './owners.js';
import { forceRemove } from './removal.js';
import { flipBit } from './rot.js';
import {
  ambush,
  type Blow,
  blockAll,
  blockBoth,
  downtimeMs,
  hosts,
  lasting,
  type Scene,
  type Strike,
  separate,
  split,
  takeDown,
  without,
} from './strikes.js';

export const KINDS = {
  ...OWNER_FAULTS,
  ...CLOCK_FAULTS,
  forceRemove,
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
    return lasting(scene, [one], blockAll(scene, hosts(from), hosts(to)));
  },
  /** Two halves that both reach one machine, and not each other. */
  bridge(scene: Scene) {
    const [some, others] = split(scene);
    return separate(scene, some.slice(1), others);
  },
  /** Machines lose the network one by one, and get it back in another order. */
  swizzle(scene: Scene) {
    const { world, cluster, random } = scene;
    const where = random.sample(cluster.machines);
    const strikes = where.map((machine) => {
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
    return { where, forMs: 30_000, undo: () => strikes.forEach((undo) => void undo()) };
  },
  clog(scene: Scene) {
    const { world, cluster, random } = scene;
    const where = random.sample(cluster.machines, 2);
    const [a, b] = hosts(where);
    const delayMs = random.logarithmic(50, 5000);
    const undo = [world.network.clog(a!, b!, delayMs), world.network.clog(b!, a!, delayMs)];
    return lasting(scene, where, () => undo.forEach((open) => void open()));
  },
  reset({ cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    const { running } = machine;
    const peer = running && random.pick(running.transport.connected());
    if (peer === undefined) return undefined;
    running!.transport.cut(peer);
    return { where: [machine] };
  },
  kill(scene: Scene) {
    return takeDown(scene, scene.random.pick(scene.cluster.machines), 'killed');
  },
  powerCut(scene: Scene) {
    return takeDown(scene, scene.random.pick(scene.cluster.machines), 'power cut');
  },
  killAll(scene: Scene) {
    const where = scene.cluster.running;
    const strikes = where.map((machine) => takeDown(scene, machine, 'power cut'));
    const { scheduler } = scene.world;
    const tasks = strikes.map((strike) => scheduler.after(strike.forMs, strike.undo));
    const undo = () => {
      for (const task of tasks) scheduler.cancel(task);
      for (const strike of strikes) strike.undo();
    };
    return { where, forMs: Math.max(0, ...strikes.map((strike) => strike.forMs)), undo };
  },
  shutDown({ world, cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    const downMs = downtimeMs(random);
    machine.running?.process.deliver(() => {
      machine.shutDown(() => void world.scheduler.after(downMs, () => machine.start()));
    });
    return { where: [machine] };
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
    const machine = random.pick(cluster.machines);
    const { running } = machine;
    running?.process.stop();
    const undo = () => running?.process.goOn();
    return { where: [machine], forMs: random.logarithmic(100, 60_000), undo };
  },
  /** Stopped and let go again, over and over: what a starved machine looks like to the others. */
  stutter({ world, cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    const { running } = machine;
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
    return { where: [machine], forMs, undo };
  },
  diskError({ cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    machine.disk.failNextSync();
    return { where: [machine] };
  },
  diskFull(scene: Scene) {
    const machine = scene.random.pick(scene.cluster.machines);
    const { disk } = machine;
    disk.room = 'none';
    return lasting(scene, [machine], () => {
      disk.room = 'enough';
    });
  },
  /** Nearly full, or what is left of it comes and goes. */
  diskTight(scene: Scene) {
    const machine = scene.random.pick(scene.cluster.machines);
    const { disk } = machine;
    disk.room = scene.random.chance(0.5) ? 'low' : 'changing';
    return lasting(scene, [machine], () => {
      disk.room = 'enough';
    });
  },
  diskSlow(scene: Scene) {
    const machine = scene.random.pick(scene.cluster.machines);
    const { disk } = machine;
    disk.slowness = scene.random.logarithmic(2, 100);
    return lasting(scene, [machine], () => {
      disk.slowness = 1;
    });
  },
  hintFlip({ cluster, random }: Scene) {
    const keepers = cluster.machines.filter(({ disk }) => disk.hints.size > 0);
    if (keepers.length === 0) return undefined;
    const machine = random.pick(keepers);
    machine.disk.flipHint(random);
    return { where: [machine] };
  },
  bitFlip({ cluster, random }: Scene) {
    const machine = random.pick(cluster.machines);
    return flipBit(cluster, machine, random) ? { where: [machine] } : undefined;
  },
} satisfies { [kind in FaultKind]: (scene: Scene) => Strike | Blow | undefined };
