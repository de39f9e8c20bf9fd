/** A simulated store that needs nobody to drive it: what the contract of stores runs in. */
import type { Clock, Store } from '../../../src/ports.js';
import { MAX_HINT_BYTES, type StoreWorld } from '../../contract/store-world.js';
import { PARTITIONS } from '../../support/data/records.js';
import { Stream } from '../world/random.js';
import { Scheduler, type Task } from '../world/scheduler.js';
import { SimDisk } from './disk.js';
import { SimStore } from './store.js';

export const OPTIONS = { syncMs: 2, tailChance: 0.1, tailMs: 50 };

/** `onTask` is told that there is something to run. */
export function clockOn(scheduler: Scheduler, onTask: () => void = () => undefined): Clock {
  return {
    now: () => scheduler.now,
    monotonic: () => scheduler.now,
    setTimeout: (run, ms) => {
      onTask();
      return scheduler.after(ms, run);
    },
    clearTimeout: (timer) => scheduler.cancel(timer as Task),
  };
}

/** A world that runs by itself: whatever is due happens in the next turn. `around` each store. */
export function selfDriven(around: (store: Store) => Store = (store) => store): StoreWorld {
  const scheduler = new Scheduler();
  const random = new Stream(1, 'contract');
  const disk = new SimDisk();
  let isDue = false;
  const run = () => {
    isDue = false;
    while (scheduler.step(scheduler.now + 1000));
  };
  const clock = clockOn(scheduler, () => {
    if (!isDue) setImmediate(run);
    isDue = true;
  });
  const limits = { partitions: PARTITIONS, maxHintBytes: MAX_HINT_BYTES };
  const open = () => around(new SimStore({ disk, clock, random, ...limits, options: OPTIONS }));
  const world = {
    store: open(),
    async reopen() {
      await world.store.close();
      world.store = open();
    },
    async rot(key: Buffer) {
      await world.store.close();
      disk.flipBit(key.toString(), random);
      world.store = open();
    },
    close: () => world.store.close(),
  };
  return world;
}
