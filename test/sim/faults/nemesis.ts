/** Strikes now and then with each kind of fault that a seed has switched on; see `faults.ts`. */
import type { Cluster } from '../cluster/cluster.js';
import type { FaultKind, FaultRates } from '../options.js';
import type { World } from '../world/world.js';
import { KINDS } from './faults.js';
import type { Scene } from './strikes.js';

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
    const over = world.fault(kind, strike.where);
    if (!('undo' in strike)) return over();
    const undo = () => {
      if (!this.#active.delete(undo)) return;
      world.note('NEMESIS', `${kind} is over`);
      strike.undo();
      over();
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
