/**
 * Clients that use the same keys at both levels: linearizable requests beside plain ones keep all
 * that is promised of the plain level, and nothing else. So these operations are for the checkers
 * of the plain level, and stand in its history.
 */
import type { Cluster } from '../cluster/cluster.js';
import type { Workload } from '../load/workload.js';
import type { World } from '../world/world.js';
import type { RegisterOptions } from './options.js';

const TIMEOUT_MS = 2000;

export class MixedClients {
  readonly #parts: { world: World; cluster: Cluster; workload: Workload; options: RegisterOptions };
  readonly #random;
  readonly #keys: readonly string[];
  #stopped = false;

  constructor(parts: {
    world: World;
    cluster: Cluster;
    workload: Workload;
    options: RegisterOptions;
  }) {
    this.#parts = parts;
    this.#random = parts.world.stream('mixed');
    const { mixedKeys } = parts.options;
    this.#keys = Array.from({ length: mixedKeys }, (_, index) => `mixed ${index}`);
    parts.workload.otherKeys.push(...this.#keys);
  }

  start(): void {
    for (let client = 0; client < 2 * this.#keys.length; client++) this.#think();
  }

  stop(): void {
    this.#stopped = true;
  }

  #think(): void {
    const { world, options } = this.#parts;
    world.scheduler.after(this.#random.exponential(options.thinkMs), () => {
      if (!this.#stopped) this.#act();
    });
  }

  #act(): void {
    const { cluster, workload, options } = this.#parts;
    const random = this.#random;
    const isRead = random.chance(options.readShare);
    const kind = isRead ? 'read' : random.chance(0.15) ? 'delete' : 'write';
    const level = random.chance(0.5) ? 'quorum' : 'linearizable';
    const key = random.pick(this.#keys);
    const machine = random.pick(cluster.machines);
    if (!machine.running) return this.#think();
    const request = workload.unusualValue({ kind, key, level });
    workload.request(machine, machine.running, request, TIMEOUT_MS, () => this.#think());
  }
}
