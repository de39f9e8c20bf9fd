/** What all faults are made of: who is struck, for how long, and how it is taken back. */
import type { NodeId } from '../../../src/core/data/version.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Machine } from '../cluster/machine.js';
import type { Host, Tap } from '../network/network.js';
import type { Stream } from '../world/random.js';
import type { World } from '../world/world.js';

/** What strikes once. */
export interface Blow {
  /** Whom it strikes: of a network that is split, one side. Empty if that is not known yet. */
  readonly where: readonly Machine[];
}

/** What is undone when its time is over. */
export interface Strike extends Blow {
  readonly forMs: number;
  readonly undo: () => void;
}

export interface Scene {
  readonly world: World;
  readonly cluster: Cluster;
  readonly random: Stream;
}

/** Waits for a message of that kind, and then, once, as it is sent, springs. */
export function ambush(
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
  return { where: [], forMs: 120_000, undo: end };
}

export function takeDown({ random }: Scene, machine: Machine, how: 'killed' | 'power cut'): Strike {
  machine.crash(how);
  return { where: [machine], forMs: downtimeMs(random), undo: () => machine.start() };
}

/** Shorter than a probe takes to notice, about as long, or long enough to be given up. */
const DOWNTIMES_MS = [
  [10, 500],
  [500, 5000],
  [5000, 60_000],
] as const;

export function downtimeMs(random: Stream): number {
  const [least, most] = random.pick(DOWNTIMES_MS);
  return random.logarithmic(least, most);
}

/** Partitions and the like last from a moment to longer than every timeout. */
export function lasting({ random }: Scene, where: readonly Machine[], undo: () => void): Strike {
  return { where, forMs: random.logarithmic(300, 60_000), undo };
}

export function separate(
  scene: Scene,
  some: readonly Machine[],
  others: readonly Machine[],
): Strike {
  return lasting(scene, some, blockBoth(scene, hosts(some), hosts(others)));
}

export function blockBoth(
  scene: Scene,
  some: readonly Host[],
  others: readonly Host[],
): () => void {
  const undo = [blockAll(scene, some, others), blockAll(scene, others, some)];
  return () => undo.forEach((open) => void open());
}

export function blockAll({ world }: Scene, from: readonly Host[], to: readonly Host[]): () => void {
  const undo = from.flatMap((a) => to.map((b) => world.network.block(a, b)));
  return () => undo.forEach((open) => void open());
}

export function split({ cluster, random }: Scene): [Machine[], Machine[]] {
  const shuffled = random.sample(cluster.machines);
  const size = random.whole(1, Math.max(1, shuffled.length - 1));
  return [shuffled.slice(0, size), shuffled.slice(size)];
}

export function hosts(machines: readonly Machine[]): Host[] {
  return machines.map(({ options }) => options.host);
}

export function without(machines: readonly Machine[], one: Machine): Machine[] {
  return machines.filter((machine) => machine !== one);
}
