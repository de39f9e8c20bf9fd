/**
 * What clocks do wrong: one is ahead, one is behind, one runs too fast or too slow; most are ahead
 * and corrected; all are set back for good. And what an operator does about it: another epoch.
 */
import type { Machine } from '../cluster/machine.js';
import { lasting, type Scene, type Strike } from './strikes.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Those whose clocks are set at about the same time are set within this. */
const TOGETHER_MS = 3000;

export const CLOCK_FAULTS = {
  clockAhead(scene: Scene) {
    return jump(scene, [scene.random.pick(scene.cluster.machines)], forth(scene));
  },
  clockBehind(scene: Scene) {
    return jump(scene, [scene.random.pick(scene.cluster.machines)], -forth(scene));
  },
  clockDrift(scene: Scene) {
    const { cluster, random } = scene;
    const machine = random.pick(cluster.machines);
    const ppm = random.logarithmic(1000, 200_000) * random.pick([1, -1]);
    return lasting(scene, [machine], machine.options.wall.runFaster(ppm));
  },
  /** Most of them, or all, and then they are corrected. */
  clocksForth(scene: Scene) {
    const { machines } = scene.cluster;
    const most = (machines.length >> 1) + 1;
    const count = scene.random.whole(most, machines.length);
    return jump(scene, scene.random.sample(machines, count), forth(scene));
  },
  clocksBack(scene: Scene) {
    const { cluster, random } = scene;
    const byMs = random.logarithmic(1000, DAY_MS);
    for (const machine of cluster.machines) soon(scene, () => machine.options.wall.jump(-byMs));
    return { where: cluster.machines };
  },
  anotherEpoch({ cluster, random }: Scene) {
    const all = cluster.machines.flatMap(({ running }) => running ?? []);
    const running = all.length > 0 ? random.pick(all) : undefined;
    running?.process.deliver(() => void running.node.renewEpoch());
    return { where: [] };
  },
};

function forth({ random }: Scene): number {
  return random.logarithmic(100, HOUR_MS);
}

function soon({ world, random }: Scene, run: () => void): void {
  world.scheduler.after(random.between(0, TOGETHER_MS), run);
}

/** Each within a moment, there and back; healed at once. */
function jump(scene: Scene, where: readonly Machine[], byMs: number): Strike {
  const jumped = new Set<Machine>();
  let isOver = false;
  for (const machine of where) {
    const set = () => {
      if (isOver) return;
      jumped.add(machine);
      machine.options.wall.jump(byMs);
    };
    if (where.length === 1) set();
    else soon(scene, set);
  }
  return lasting(scene, where, () => {
    isOver = true;
    for (const { options } of jumped) options.wall.jump(-byMs);
  });
}
