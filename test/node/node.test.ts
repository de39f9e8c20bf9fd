/** A node whose own code fails says so, whichever of its actors it was: it must not linger on. */
import * as assert from 'uvu/assert';
import { CachedStore } from '../../src/node/cache/cached-store.js';
import { createNode } from '../../src/node.js';
import type { Transport } from '../../src/ports.js';
import { SimDisk, SimStore } from '../sim/disk/store.js';
import { Stream } from '../sim/world/random.js';
import { suite } from '../support/runner/suite.js';
import { bulkWork, member, selfDrivenClock } from './stabilizer/owners.js';

const test = suite('node');
const SELF = 'a'.repeat(16);

/** The reasons that a lonely node gives for its failure when this part of its transport throws. */
async function failures(part: 'start' | 'introduce'): Promise<string[]> {
  const clock = selfDrivenClock();
  const random = Object.assign(new Stream(1, 'node'), { hex: (n: number) => 'c'.repeat(n) });
  const options = { syncMs: 1, tailChance: 0, tailMs: 0 };
  const disk = new SimDisk();
  const store = new CachedStore(new SimStore({ disk, clock, random, partitions: 4, options }), 0);
  const ignore = () => undefined;
  const transport = {
    start: ignore,
    setCluster: ignore,
    setPeers: ignore,
    send: ignore,
    introduce: ignore,
    isUp: () => false,
    connected: () => [],
    close: () => Promise.resolve(),
    [part]: () => {
      throw new Error(`${part} has failed`);
    },
  } as unknown as Transport;
  const logged: string[] = [];
  const log = (_: string, event: string) => void logged.push(event);
  const node = createNode(
    {
      self: member(SELF),
      identity: {
        id: SELF,
        bootId: 'b'.repeat(16),
        incarnation: 1,
        seen: {},
        former: undefined,
      },
      introducers: part === 'introduce' ? ['127.0.0.1:1'] : [],
      expect: 0,
      clusterId: undefined,
      partitions: 4,
      maxClockDriftMs: 500,
      maxInFlight: 10,
      maxInFlightBytes: 1 << 20,
      hedgeAfterMs: 10,
      slowRequestMs: 500,
      evictAfterMs: 0,
      hintWindowMs: 1000,
      tombstoneMinAgeMs: 4000,
      hintBytesPerSecond: 1000,
      compareEveryMs: 1000,
      scrubEveryMs: 0,
      transferBytesPerSecond: 1000,
      recorderBytes: 1 << 20,
    },
    { clock, random, log, store, transport, bulkWork, residentBytes: () => 0 },
  );
  const reasons: string[] = [];
  await new Promise<void>((resolve) => {
    node.watch((fact) => {
      if (fact.type !== 'node.failed') return;
      reasons.push(fact.reason);
      resolve();
    });
    node.start();
  });
  await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1000));
  assert.is(logged.filter((event) => event === 'node.failed').length, 1);
  assert.not.ok(node.isReady());
  await node.stop();
  clock.stop();
  return reasons;
}

test('an action of the supervisor throws -> the node fails, once, and says why', async () => {
  assert.equal(await failures('start'), ['Error: start has failed']);
});

test('what an actor asks for throws -> the node fails, once, and says why', async () => {
  assert.equal(await failures('introduce'), ['Error: introduce has failed']);
});

test.run();
