/** Which way the messages of transfers go, and what is dropped first of them. */

import * as assert from 'uvu/assert';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { MAX_TREE_BYTES } from '../../../src/core/tree/hash-tree.js';
import { MESSAGE_BYTES_LIMIT } from '../../../src/core/wire/limits.js';
import type { Message } from '../../../src/core/wire/messages.js';
import { classify, queueLimits } from '../../../src/core/wire/traffic.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('traffic');

const head = { call: 1, epoch: 1 };
const answer = { ...head, outcome: 'ok' } as const;
const size = { partition: 1, rows: 1, bytes: 1 };
const entry = { key: Buffer.alloc(100), version: { epoch: 1, time: 1, node: 'a'.repeat(16) } };
const range = {
  ...{ partition: 1, leaves: undefined, after: undefined, upTo: undefined, limit: 1 },
  ...{ salt: 1, held: Buffer.alloc(12) },
};

const node = 'a'.repeat(16);
const claim = {
  id: node,
  address: 'a:1',
  bootId: 'boot',
  incarnation: 1,
  status: 'alive',
} as const;
const roster = [
  { ...claim, accusers: [node, node] },
  { ...claim, accusers: [] },
];

const row = { key: Buffer.alloc(5), held: Buffer.alloc(70) };
const ballot = { round: 1, node };
const promise = { call: 1, ok: true, promised: ballot };
const joining = { call: 1, refusal: '', waitsFor: '' };

/** [message, channel, priority, bytes] */
const ROWS: readonly [Message, string, string, number][] = [
  [{ type: 'ring.pulling', epoch: 1, done: 1, total: 2, bytes: 3 }, 'control', 'gossip', 0],
  [{ type: 'partition.tree', ...head, partition: 1 }, 'control', 'repair', 0],
  [
    {
      type: 'partition.leaves',
      ...answer,
      leaves: Buffer.alloc(MAX_TREE_BYTES),
      reaped: NO_VERSION,
    },
    'bulk',
    'repair',
    MAX_TREE_BYTES,
  ],
  [{ type: 'partition.list', ...head, ...range }, 'control', 'repair', 12],
  [
    { type: 'partition.listed', ...answer, entries: [entry, entry], next: undefined },
    'bulk',
    'repair',
    264,
  ],
  [
    { type: 'partition.reap', ...head, partition: 1, upTo: NO_VERSION, entries: [entry] },
    'control',
    'repair',
    132,
  ],
  [{ type: 'partition.confirmed', ...answer, missing: [1] }, 'control', 'repair', 0],
  [
    { type: 'partition.fetch', ...head, keys: [Buffer.alloc(5), Buffer.alloc(6)] },
    'control',
    'repair',
    11,
  ],
  [
    { type: 'partition.fetch', ...head, keys: new Array(100).fill(Buffer.alloc(1000)) },
    'bulk',
    'repair',
    100_000,
  ],
  [
    { type: 'partition.fetched', ...answer, records: [Buffer.alloc(70), Buffer.alloc(80)] },
    'bulk',
    'repair',
    150,
  ],
  [{ type: 'node.sizes', call: 1 }, 'control', 'repair', 0],
  [{ type: 'node.sized', call: 1, sizes: [size, size] }, 'bulk', 'repair', 28],
  [
    { type: 'hints.deliver', ...head, records: [Buffer.alloc(70), Buffer.alloc(80)] },
    'bulk',
    'repair',
    150,
  ],
  [{ type: 'hints.taken', ...answer, pauseMs: 1 }, 'bulk', 'repair', 0],
  ...(['replica.found', 'replica.promised'] as const).flatMap((type): typeof ROWS => [
    [{ type, ...answer, version: NO_VERSION, record: Buffer.alloc(70) }, 'control', 'request', 70],
    [{ type, ...answer, version: undefined, record: undefined }, 'control', 'request', 0],
  ]),
  [
    { type: 'replica.scanned', ...answer, rows: [row, row], next: undefined },
    'control',
    'request',
    2 * (5 + 70 + 8),
  ],
  [{ type: 'ring.promised', ...promise, accepted: undefined }, 'control', 'request', 0],
  [
    { type: 'ring.promised', ...promise, accepted: { ballot, ring: '{}' } },
    'control',
    'request',
    2,
  ],
  [{ type: 'ring.joining', ...joining, ring: undefined }, 'control', 'request', 0],
  [{ type: 'ring.joining', ...joining, ring: '{}' }, 'control', 'request', 2],
  [{ type: 'swim.sync', roster }, 'control', 'gossip', 2 * (33 + 3 + 4) + 32],
  [{ type: 'swim.synced', roster }, 'control', 'gossip', 2 * (33 + 3 + 4) + 32],
  [{ type: 'events.batch', call: 1, frames: '{"é":1}' }, 'bulk', 'repair', 21],
];

for (const [message, channel, priority, bytes] of ROWS) {
  test(`${message.type} of ${bytes} bytes -> ${channel}, ${priority}`, () => {
    assert.equal(classify(message), { channel, priority, bytes });
  });
}

test('as much as a control socket takes -> that; a byte more -> the bulk socket', () => {
  const classOf = (bytes: number) =>
    classify({ type: 'replica.write', ...head, timeoutMs: 1, record: Buffer.alloc(bytes) });
  assert.is(classOf(64 << 10).channel, 'control');
  assert.is(classOf((64 << 10) + 1).channel, 'bulk');
  assert.is(classOf(MESSAGE_BYTES_LIMIT).bytes, MESSAGE_BYTES_LIMIT);
});

test('what may be queued -> gossip little, transfers half, requests all of it', () => {
  assert.equal(queueLimits(6400), { gossip: 100, repair: 3200, request: 6400 });
});

test('more than a frame holds -> refused before it is encoded', () => {
  const records = [Buffer.alloc(MESSAGE_BYTES_LIMIT), Buffer.alloc(1)];
  assert.throws(() => classify({ type: 'partition.fetched', ...answer, records }), /does not fit/);
});

test.run();
