/**
 * Worlds in which a bug that is rarely met is met often: the faults that open its window and few
 * others, on few keys. What a seed has drawn besides stays as it is.
 */
import { PLAIN_WORK } from '../load/options.js';
import type { Options } from '../options.js';
import type { RegisterOptions } from '../registers/options.js';

type Scenario = (drawn: Options) => Options;

/** Few keys that are used all the time, by owners of the default numbers. */
const BUSY = {
  replicas: 3,
  writeQuorum: 2,
  readQuorum: 2,
  keys: 3,
  clients: 6,
  thinkMs: 150,
  readShare: 0.5,
  maxInFlight: 1000,
  faultsWhileForming: false,
  safetyMs: 200_000,
  work: PLAIN_WORK,
  foundsTogether: false,
  weights: [1],
} as const;

const REGISTERS: RegisterOptions = {
  clients: 5,
  registers: 2,
  counters: 1,
  mixedKeys: 2,
  burst: 20,
  thinkMs: 50,
  readShare: 0.5,
  revisitShare: 0.05,
  strikesPerMinute: 60,
};

/** Owners change all the time, and those who hold the same cannot always reach each other. */
export const ownersMoveApart: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 6, lateMachines: 2, joinWaves: 2, evictAfterMs: 0, compareEveryMs: 60_000 },
  faults: { leave: 4, oneWay: 4, bridge: 2 },
  registers: undefined,
});

/**
 * Owners change while two halves do not reach each other, but both reach the one that is to own:
 * what one half has acknowledged the other one has missed.
 */
export const ownersOfTwoHalves: Scenario = (drawn) => ({
  ...ownersMoveApart(drawn),
  ...{ keys: 20, partitions: 16, transferBytesPerSecond: 64 << 20 },
  faults: { leave: 6, bridge: 20 },
});

/** One key, and writes that reach some of its owners only. */
export const halfWritten: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  network: { ...drawn.network, links: 'datagram', loss: 0.1 },
  ...{ machines: 3, lateMachines: 0, evictAfterMs: 0, keys: 1, compareEveryMs: 60_000 },
  faults: { kill: 6, isolate: 4, oneWay: 6, clog: 4 },
  registers: undefined,
});

/** One clock after the other is ahead for a while. */
export const oneClockAhead: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 4, lateMachines: 0, evictAfterMs: 0, leavesOneDead: false },
  faults: { clockAhead: 4 },
  registers: undefined,
});

/** All clocks are set back, processes are killed, and nothing begins another epoch. */
export const clocksSetBack: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 4, lateMachines: 0, evictAfterMs: 0, leavesOneDead: false },
  faults: { clocksBack: 2, kill: 4 },
  registers: undefined,
});

/** Rings are proposed all the time, while proposers fall silent and voters are killed. */
export const contestedRings: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 8, lateMachines: 4, joinWaves: 2, evictAfterMs: 0, clients: 1, thinkMs: 1000 },
  faults: { killVoter: 10, muteProposer: 10, leave: 4 },
  registers: undefined,
});

/** Rows are damaged, and read more often than written. */
export const rottenRows: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 4, lateMachines: 0, evictAfterMs: 0, readShare: 0.8 },
  faults: { bitFlip: 10 },
  registers: undefined,
});

/** Rows are damaged, and hardly anybody asks for one; but all are read after a while. */
export const unreadRot: Scenario = (drawn) => ({
  ...rottenRows(drawn),
  ...{ readShare: 0.02, thinkMs: 2000, keys: 20, scrubEveryMs: 5000 },
});

/** Rounds and plain requests meet on few keys, and coordinators stop in the middle. */
export const contested: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 4, lateMachines: 0, evictAfterMs: 0 },
  faults: { kill: 4, isolate: 2, oneWay: 2 },
  registers: REGISTERS,
});

/** By very many, and one register, and whoever is at it is cut off. */
export const contestedByMany: Scenario = (drawn) => ({
  ...contested(drawn),
  faults: { kill: 10, isolate: 6, oneWay: 10 },
  registers: { ...REGISTERS, registers: 1, counters: 0, clients: 8, thinkMs: 20, readShare: 0.2 },
});

/** The same, while owners change. */
export const contestedAndMoving: Scenario = (drawn) => ({
  ...contested(drawn),
  ...{ machines: 6, lateMachines: 2, joinWaves: 2, partitions: 4 },
  transferBytesPerSecond: 64 << 20,
  faults: { leave: 8, kill: 6, isolate: 4, oneWay: 4 },
});

/** A write needs all owners, and a read only one of them. */
export const allCopies: Scenario = (drawn) => ({
  ...contested(drawn),
  ...{ writeQuorum: 3, readQuorum: 1 },
});

/** Writes at level `any` while owners cannot be reached. */
export const hinted: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 5, lateMachines: 0, evictAfterMs: 0, keys: 10, leavesOneDead: false },
  faults: { isolate: 6, halves: 6, killAll: 0.5 },
  registers: undefined,
  work: { ...PLAIN_WORK, weakShare: 0.5 },
});

/** Writes at a number of owners, which is often less than a write quorum. */
export const fewOwners: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 5, lateMachines: 0, evictAfterMs: 0, replicas: 5, writeQuorum: 4 },
  faults: { isolate: 2, diskSlow: 2 },
  registers: undefined,
  work: { ...PLAIN_WORK, numericShare: 0.5 },
});

/** Values that expire soon, and single clocks that are wrong. */
export const expiring: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 4, lateMachines: 0, evictAfterMs: 0 },
  faults: { clockAhead: 6 },
  registers: undefined,
  work: { ...PLAIN_WORK, expiringShare: 0.5, ttlMs: 20_000 },
});

/** Much is over soon, and stays so; owners miss it for longer than hints are kept. */
export const muchEnds: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 4, lateMachines: 0, evictAfterMs: 0, compareEveryMs: 60_000, partitions: 16 },
  ...{ keys: 60, thinkMs: 2000, readShare: 0.1 },
  ...{ hintWindowMs: 5000, tombstoneMinAgeMs: 12_000 },
  faults: { isolate: 4, kill: 4 },
  registers: undefined,
  work: { ...PLAIN_WORK, expiringShare: 0.5, ttlMs: 2000 },
});

/** Who keeps hints is away while what they are of is deleted, and that is let go of. */
export const hintsOutlive: Scenario = (drawn) => ({
  ...muchEnds(drawn),
  ...{ machines: 7, keys: 12, thinkMs: 500, readShare: 0.4, partitions: 4 },
  ...{ compareEveryMs: 3000, hintWindowMs: 3000, tombstoneMinAgeMs: 6000, leavesOneDead: false },
  faults: { isolate: 10, kill: 10, oneWay: 6 },
  work: { ...PLAIN_WORK, weakShare: 0.3 },
});

/** Owners change all the time, while what was asked of the former ones is still on its way. */
export const lateRequests: Scenario = (drawn) => ({
  ...ownersMoveApart(drawn),
  ...{ clients: 10, thinkMs: 50, partitions: 4, transferBytesPerSecond: 64 << 20 },
  network: { ...drawn.network, loss: 0 },
  faults: { leave: 10, clog: 30 },
});

/** The same, and much is over soon, while owners that miss it come and go. */
export const endingAndMoving: Scenario = (drawn) => ({
  ...lateRequests(drawn),
  ...{ keys: 60, clients: 6, thinkMs: 200, partitions: 16, compareEveryMs: 1000 },
  ...{ hintWindowMs: 3000, tombstoneMinAgeMs: 6000 },
  faults: { leave: 20, clog: 30, isolate: 3 },
  work: { ...PLAIN_WORK, expiringShare: 0.5, ttlMs: 2000 },
});

/** Processes stop for a while on a network that does nothing wrong. */
export const onlyPauses: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 7, lateMachines: 0, evictAfterMs: 0, clients: 1, thinkMs: 1000 },
  network: { ...drawn.network, loss: 0, tailChance: 0 },
  faults: { pause: 4 },
  registers: undefined,
});

/** Processes die on such a network, and who is dead for a minute is to be removed. */
export const onlyDeaths: Scenario = (drawn) => ({
  ...onlyPauses(drawn),
  evictAfterMs: 60_000,
  faults: { kill: 6 },
});

/** Disks are lost. */
export const disksLost: Scenario = (drawn) => ({
  ...drawn,
  ...BUSY,
  ...{ machines: 5, lateMachines: 0, evictAfterMs: 0 },
  faults: { wipe: 4 },
  registers: undefined,
});

/** Disks are set back to an older state, between writes. */
export const disksSetBack: Scenario = (drawn) => ({
  ...disksLost(drawn),
  thinkMs: 1000,
  faults: { oldCopy: 10 },
});
