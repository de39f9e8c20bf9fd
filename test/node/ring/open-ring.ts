/** The ring of a node whose disk takes its time. */
import { createActor } from 'xstate';
import { ringMachine } from '../../../actors/ring/machine.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import type { Message } from '../../../src/core/wire/messages.js';
import { CurrentRing } from '../../../src/node/ring/current-ring.js';
import type { Clock, Store, Transport } from '../../../src/ports.js';
import { member } from '../stabilizer/owners.js';

export const SELF = 'a'.repeat(16);
const CLUSTER = '1'.repeat(32);

export const ringOf = (epoch: number, replicas = 3): Ring => ({
  clusterId: CLUSTER,
  epoch,
  replicas,
  writeQuorum: 2,
  readQuorum: 2,
  members: [member(SELF)],
  layout: [[0]],
});

/** `held`: on its disk. */
export function openRing(clock: Clock, held?: Ring) {
  const sent: Message[] = [];
  const written: (() => void)[] = [];
  const disk = new Map<string, string>();
  const transport = {
    send: (_: string, message: Message) => sent.push(message),
    setCluster: () => undefined,
    setPeers: () => undefined,
  } as unknown as Transport;
  const store = {
    meta: (name: string) => (name === 'ring' && held ? JSON.stringify(held) : undefined),
    setMeta: (name: string, text: string, done: () => void) =>
      written.push(() => {
        disk.set(name, text);
        done();
      }),
  } as unknown as Store;
  const settings = {
    self: member(SELF),
    introducers: [],
    expect: 0,
    clusterId: CLUSTER,
    partitions: 1,
  };
  const log = () => undefined;
  const rings = new CurrentRing({ settings, store, transport, clock, random: {} as never, log });
  const actions = Object.fromEntries(
    ['foundCluster', 'askToJoin', 'forgetFulfilled', 'look', 'startRound'].map((name) => [
      name,
      () => {},
    ]),
  );
  const actor = createActor(ringMachine.provide({ actions: actions as never }));
  const adopted: number[] = [];
  actor.on('ring.changed', ({ ring }) => adopted.push(ring.epoch));
  actor.start();
  rings.attach(actor);
  rings.start();
  return {
    rings,
    sent,
    disk,
    /** Epochs that have come into force. */
    adopted,
    adopt: (epoch: number, replicas?: number) => rings.adopt(ringOf(epoch, replicas)),
    /** What was asked for is on disk now. */
    sync: () => written.splice(0).forEach((write) => void write()),
  };
}
