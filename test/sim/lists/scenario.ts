/** A world in which keys come and go all the time, while lists go through them in small pages. */
import type { Options } from '../options.js';

export function busyLists(drawn: Options): Options {
  return {
    ...drawn,
    ...{ replicas: 3, writeQuorum: 2, readQuorum: 2, machines: 4, lateMachines: 0 },
    ...{ evictAfterMs: 0, compareEveryMs: 60_000, maxInFlight: 1000, faultsWhileForming: false },
    lists: { clients: 3, lasting: 10, passing: 8, limit: 2, thinkMs: 200, pauseMs: 50 },
    faults: { kill: 4, isolate: 3, oneWay: 3 },
    registers: undefined,
    safetyMs: 120_000,
  };
}
