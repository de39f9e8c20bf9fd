/** When all is healed, every node reads every register, though not at the first attempt. */
import type { Scene } from '../checkers/checker.js';
import type { Machine, Running } from '../cluster/machine.js';
import type { RegisterClients } from './clients.js';
import { showRegisterOperation } from './history.js';

const TIMEOUT_MS = 2000;
const AGAIN_MS = 1000;
const HOPELESS_MS = 180_000;

/** Violates the world if a read does not succeed by `limit`. */
export async function readRegisters(
  { world, cluster, registers }: Scene,
  clients: RegisterClients,
  limit: number,
): Promise<void> {
  const read = async (machine: Machine & { running: Running }, key: string): Promise<void> => {
    while (!world.violation) {
      let last: string | undefined;
      clients.read(machine, key, TIMEOUT_MS, (operation) => {
        last = operation.outcome === 'ok' ? '' : showRegisterOperation(operation);
      });
      await world.run(limit + HOPELESS_MS, () => last !== undefined);
      if (last === '') return;
      if (world.now > limit) return world.violate('every node reads every register', last!);
      await world.run(world.now + AGAIN_MS);
    }
  };
  for (const key of registers.keys) {
    for (const machine of cluster.running) {
      if (isRunning(machine)) await read(machine, key);
    }
  }
}

function isRunning(machine: Machine): machine is Machine & { running: Running } {
  return machine.running !== undefined;
}
