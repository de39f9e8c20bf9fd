/** Some owners, the stabilizer of any of them, and ways to wait for what it does. */
import { createActor, type EventObject } from 'xstate';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { Message } from '../../../src/core/wire/messages.js';
import { StabilizerHost } from '../../../src/node/stabilizer/host.js';
import { Walk } from '../../actors/chart-table.js';
import { BYTES_PER_SECOND, bulkWork, member, type Owner, Owners } from './owners.js';

const IDS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16));
export const [A, B, C, D] = IDS as [string, string, string, string];
const base = { clusterId: '0'.repeat(32), ...foundingReplication({ replicas: 3 }) };
/** A hands its only partition over to D. */
export const CHANGING: Ring = {
  ...base,
  epoch: 2,
  members: [A, B, C].map(member),
  layout: [[0, 1, 2]],
  transition: { members: IDS.map(member), layout: [[1, 2, 3]] },
};
export const SETTLED: Ring = { ...base, epoch: 3, members: IDS.map(member), layout: [[1, 2, 3]] };

/** Every chart of this process is watched. */
export const walk = new Walk();

const cleanUp: (() => unknown)[] = [];

/** Of what was started since the last time. */
export async function end(): Promise<void> {
  for (const clean of cleanUp.splice(0)) await clean();
}

/** Of what is over before it goes. */
export const MIN_AGE_MS = 4000;

export function start(ring: Ring) {
  const world = new Owners(ring, IDS);
  cleanUp.push(() => world.close());
  const [a, b, c, d] = world.all as [Owner, Owner, Owner, Owner];
  return { world, a, b, c, d };
}

/** The stabilizer of one of them, told of the ring its node is in. */
export function run(world: Owners, owner: Owner) {
  const sent: { to: string; message: Message }[] = [];
  const facts: EventObject[] = [];
  const failures: Error[] = [];
  let reported = 0;
  const stabilizer = new StabilizerHost({
    settings: {
      self: owner.id,
      compareEveryMs: 60_000,
      scrubEveryMs: 0,
      transferBytesPerSecond: BYTES_PER_SECOND,
      tombstoneMinAgeMs: MIN_AGE_MS,
    },
    rings: owner.rings,
    calls: world.callsOf(owner),
    transport: { send: (to, message) => sent.push({ to, message }) > 0 },
    store: owner.store,
    bulkWork,
    clock: world.clock,
    random: { float: () => 0.5, hex: () => '' },
    log: () => undefined,
    wallMs: () => owner.wallMs,
    knowsTime: () => owner.knowsTime,
    isReachable: (id) => world.all.some((other) => other.id === id && other.isUp),
    creditOf: () => 'believed',
    settle: () => Promise.resolve(false),
    onPulled: () => reported++,
    onFailure: (error) => failures.push(error),
  });
  const actor = createActor(stabilizer.machine, { clock: world.clock, inspect: walk.inspect });
  cleanUp.unshift(() => actor.stop());
  actor.start();
  stabilizer.attach(actor);
  actor.on('*', (fact) => facts.push(fact));
  stabilizer.ringChanged(owner.rings.current);
  return {
    stabilizer,
    stop: () => actor.stop(),
    sent,
    facts,
    failures,
    reported: () => reported,
    /** Resolves with the next fact of this type. */
    fact: (type: string) =>
      new Promise<EventObject>((resolve) => {
        const subscription = actor.on('*', (fact) => {
          if (fact.type !== type) return;
          subscription.unsubscribe();
          resolve(fact);
        });
      }),
    state: (isIt: (state: string) => boolean) =>
      new Promise<void>((resolve) => {
        const unwatch = walk.watch((_, state) => {
          if (!isIt(state)) return;
          unwatch();
          resolve();
        });
      }),
  };
}
