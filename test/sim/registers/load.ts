/** All that a seed does at level `linearizable`: clients, and who strikes their rounds. */
import type { Scene } from '../checkers/checker.js';
import { insist } from '../load/insist.js';
import type { Workload } from '../load/workload.js';
import { RegisterClients } from './clients.js';
import { showRegisterOperation } from './history.js';
import { MixedClients } from './mixed.js';
import { RoundNemesis } from './nemesis.js';

const TIMEOUT_MS = 2000;

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
    const { world, cluster, registers } = this.#scene;
    const clients = this.#clients;
    if (!clients) return;
    for (const key of registers.keys) {
      for (const machine of cluster.running) {
        await insist(world, machine, {
          ...{ invariant: 'every node reads every register', limit },
          attempt: (running, ended) =>
            clients.read(machine, running, key, TIMEOUT_MS, (operation) =>
              ended(operation.outcome === 'ok' ? undefined : showRegisterOperation(operation)),
            ),
        });
      }
    }
  }
}
