/**
 * A node that was restarted and waits for its peers' word: what it says of itself and what it
 * answers are the same.
 */
import * as assert from 'uvu/assert';
import { CLOCK_ORIGIN_MS } from '../../../src/core/data/hybrid-clock.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { CachedStore } from '../../../src/node/cache/cached-store.js';
import { createNode } from '../../../src/node.js';
import type { Clock, Transport } from '../../../src/ports.js';
import { SimDisk, SimStore } from '../../sim/disk/store.js';
import { Stream } from '../../sim/world/random.js';
import { suite } from '../../support/runner/suite.js';
import { bulkWork, member, selfDrivenClock } from '../stabilizer/owners.js';

const test = suite('restarted node');
const [SELF, PEER] = ['a'.repeat(16), 'd'.repeat(16)];
const RING: Ring = {
  clusterId: 'c'.repeat(32),
  epoch: 1,
  ...foundingReplication({ replicas: 1 }),
  members: [member(SELF), member(PEER)],
  layout: [[0], [0], [0], [0]],
};

/** Nobody can be reached. */
const SILENCE = {
  start: () => undefined,
  setCluster: () => undefined,
  setPeers: () => undefined,
  send: () => false,
  introduce: () => undefined,
  isUp: () => false,
  connected: () => [],
  close: () => Promise.resolve(),
} as unknown as Transport;

async function restarted(clock: Clock) {
  const random = Object.assign(new Stream(1, 'node'), { hex: (n: number) => 'c'.repeat(n) });
  const options = { syncMs: 1, tailChance: 0, tailMs: 0 };
  const disk = new SimDisk();
  const store = new CachedStore(new SimStore({ disk, clock, random, partitions: 4, options }), 0);
  await new Promise<void>((done) => store.setMeta('ring', JSON.stringify(RING), () => done()));
  return createNode(
    {
      self: member(SELF),
      identity: { id: SELF, bootId: 'b'.repeat(16), incarnation: 2, seen: {}, former: undefined },
      introducers: [],
      expect: 0,
      clusterId: RING.clusterId,
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
    {
      ...{ clock, random, log: () => undefined, store, transport: SILENCE, bulkWork },
      residentBytes: () => 0,
    },
  );
}

test('confirming -> status says that the coordinator waits, and so do the answers', async () => {
  const driven = selfDrivenClock();
  const clock = { ...driven, now: () => CLOCK_ORIGIN_MS + driven.now() };
  const node = await restarted(clock);
  const put = () =>
    new Promise<string>((resolve) => {
      const value = { value: Buffer.from('v'), contentType: '', expiresAt: 0 };
      const request = { key: Buffer.from('k'), ...value, level: 'quorum', timeoutMs: 500 } as const;
      node.write(request, (outcome) => resolve(outcome.ok ? 'ok' : outcome.code));
    });
  const states = () => {
    const { node: own, coordinator } = node.status().states;
    return [own, coordinator];
  };
  const serving = new Promise<void>((resolve) => {
    node.watch(({ type }) => type === 'node.serving' && resolve());
  });
  const adopted = new Promise<void>((resolve) => {
    node.watch(({ type }) => type === 'ring.changed' && resolve());
  });
  node.start();
  await adopted;
  assert.equal(states(), ['confirming', 'waiting']);
  assert.is(await put(), 'not_ready');
  await serving;
  assert.equal(states(), ['serving', 'serving']);
  assert.is(await put(), 'quorum_unavailable', 'taken, but nobody vouches for our own disk yet');
  await node.stop();
  assert.equal(states(), ['stopped', 'stopped']);
  assert.is(await put(), 'shutting_down');
  clock.stop();
});

test.run();
