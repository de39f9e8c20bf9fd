/** Four nodes, one of which keeps hints for the others, and ways to wait for what it does. */

import * as assert from 'uvu/assert';
import { type AnyActorRef, createActor } from 'xstate';
import type { HintsFact } from '../../../actors/hints/machine.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { MessageOf } from '../../../src/core/wire/messages.js';
import { HintsHost } from '../../../src/node/hints/host.js';
import type { Hint, HintSize } from '../../../src/ports.js';
import { Walk } from '../../actors/chart-table.js';
import { record } from '../../support/data/records.js';
import { member, type Owner, Owners } from '../stabilizer/owners.js';

const IDS = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16));
export const [A, B, C, D] = IDS as [string, string, string, string];
export const base = {
  clusterId: '0'.repeat(32),
  ...foundingReplication({ replicas: 3 }),
  members: IDS.map(member),
};
/** Partition 0 belongs to A, B and C, partition 1 to B, C and D. */
export const LAYOUT = [
  [0, 1, 2],
  [1, 2, 3],
];
export const RING: Ring = { ...base, epoch: 5, layout: LAYOUT };
export const WINDOW_MS = 10_800_000;
export const LOOK_AGAIN_MS = 1000;

const keys = Array.from({ length: 4000 }, (_, i) => `key ${i}`);
export const inPartition = (partition: number, count: number, fields = {}) =>
  keys
    .filter((key) => partitionOf(Buffer.from(key), 2) === partition)
    .slice(0, count)
    .map((key) => record(key, fields));
export const bytesOf = (records: readonly Buffer[]) =>
  records.reduce((sum, { length }) => sum + length, 0);

/** Every chart of this process is watched. */
export const walk = new Walk();

const cleanUp: (() => unknown)[] = [];

/** Of what was started since the last time; fails if something went wrong unseen. */
export async function end(): Promise<void> {
  for (const clean of cleanUp.splice(0)) await clean();
}

/** The hints of A; the others are there to take theirs. */
export function start(ring = RING) {
  const world = new Owners(ring, IDS);
  cleanUp.push(() => world.close());
  const [a, b, c, d] = world.all as [Owner, Owner, Owner, Owner];
  const batches: MessageOf<'hints.deliver'>[] = [];
  world.intercept = (_, message) => {
    if (message.type === 'hints.deliver') batches.push(message);
    return undefined;
  };
  return { world, a, b, c, d, batches, ...run(world, a) };
}

/** The hints of one of them, as of a process that has just been started. */
export function run(world: Owners, owner: Owner) {
  const facts: Extract<HintsFact, { type: 'hint.drained' }>[] = [];
  const missing: number[] = [];
  const fetched: string[] = [];
  const refused: string[] = [];
  const failures: Error[] = [];
  const hints = new HintsHost({
    settings: { hintWindowMs: WINDOW_MS },
    wallMs: () => world.clock.now(),
    rings: {
      get current() {
        return owner.rings.current;
      },
      get epoch() {
        return owner.rings.epoch;
      },
      fetchFrom: (peer) => fetched.push(peer),
    },
    calls: world.callsOf(owner),
    store: owner.store,
    clock: world.clock,
    onRefused: (target) => refused.push(target),
    isReachable: (id) => world.all.some((other) => other.id === id && other.isUp),
    onMissing: (partition) => missing.push(partition),
    onFailure: (error) => failures.push(error),
  });
  const actor = createActor(hints.machine, { clock: world.clock, inspect: walk.inspect });
  cleanUp.unshift(() => actor.stop());
  cleanUp.push(() => assert.equal(failures, []));
  actor.on('hint.drained', (fact) => facts.push(fact));
  actor.start();
  hints.attach(actor);
  const childOf = (target: string): AnyActorRef | undefined => actor.getSnapshot().children[target];
  const seen = (isIt: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!isIt()) return;
        subscription.unsubscribe();
        resolve();
      };
      const subscription = actor.subscribe(look);
      look();
    });
  return {
    hints,
    actor,
    facts,
    missing,
    fetched,
    refused,
    missed: (target: string, ...records: Buffer[]) =>
      Promise.all(
        records.map(
          (each) => new Promise<boolean>((resolve) => hints.missed(target, each, resolve)),
        ),
      ),
    /** Until no hint is left, for anybody or for this target. */
    drained: (target?: string) =>
      seen(() => {
        const { targets } = actor.getSnapshot().context;
        return target ? !targets.includes(target) : targets.length === 0;
      }),
    /** Until something has been tried for this target that failed. */
    failed: (target: string) =>
      seen(() => childOf(target)?.getSnapshot().context.waitingBecause !== undefined),
    sizes: () => new Promise<HintSize[]>((resolve) => owner.store.hintSizes(resolve)),
    held: (target: string) =>
      new Promise<Hint[]>((resolve) =>
        owner.store.hints({ target, limit: 9999, bytes: 1 << 30 }, resolve),
      ),
  };
}

/** Time stands still unless somebody waits. */
export const pass = ({ clock }: Owners, ms: number) =>
  new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
