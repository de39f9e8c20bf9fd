/** All that a seed does at level `linearizable`: clients, and who strikes their rounds. */
import type { Scene } from '../checkers/checker.js';
import type { Workload } from '../load/workload.js';
import { RegisterClients } from './clients.js';
import { readRegisters } from './liveness.js';
import { MixedClients } from './mixed.js';
import { RoundNemesis } from './nemesis.js';

export class RegisterLoad {
  readonly #scene: Scene;
  readonly #clients: RegisterClients | undefined;
  readonly #mixed: MixedClients | undefined;
  readonly #nemesis: RoundNemesis | undefined;

  constructor(scene: Scene, workload: Workload) {
    this.#scene = scene;
    const { world, cluster, registers, options } = scene;
    if (!options.registers) return;
    const parts = { world, cluster, options: options.registers };
    this.#clients = new RegisterClients({ ...parts, history: registers });
    this.#mixed = new MixedClients({ ...parts, workload });
    this.#nemesis = new RoundNemesis(world, cluster);
  }

  start(): void {
    this.#clients?.start();
    this.#mixed?.start();
    this.#nemesis?.start(this.#scene.options.registers!.strikesPerMinute);
  }

  stop(): void {
    this.#clients?.stop();
    this.#mixed?.stop();
    this.#nemesis?.heal();
  }

  /** Every node has to read every register by `limit`. */
  async readAll(limit: number): Promise<void> {
    if (this.#clients) await readRegisters(this.#scene, this.#clients, limit);
  }
}
