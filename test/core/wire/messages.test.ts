/** Every message of the table comes back from its bytes, and no bytes can do worse than fail. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MalformedFrame, Reader, Writer } from '../../../src/core/codec.js';
import { MOST_COUNTED } from '../../../src/core/counted.js';
import {
  MAX_CONTENT_TYPE_BYTES,
  MAX_HEADER_BYTES,
  MAX_KEY_BYTES,
} from '../../../src/core/data/record.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { MAX_MEMBERS, MAX_REPLICAS, type Ring } from '../../../src/core/ring/ring.js';
import { parseRing } from '../../../src/core/ring/ring-json.js';
import {
  FRAME_BYTES_LIMIT,
  MAX_RING_BYTES,
  PAGE_ROWS_LIMIT,
  VALUE_BYTES_LIMIT,
} from '../../../src/core/wire/limits.js';
import {
  type Message,
  type MessageType,
  readMessage,
  writeMessage,
} from '../../../src/core/wire/messages.js';
import { buffers } from '../../support/data/arbitraries.js';
import { MESSAGE_TYPES, messages, messagesOf } from '../../support/data/message-arbitraries.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('messages');

/** Peers of different builds talk to each other: a tag once given never changes. */
const TAGS: { [T in MessageType]: number } = {
  'replica.write': 1,
  'replica.written': 2,
  'replica.read': 3,
  'replica.found': 4,
  'replica.prepare': 5,
  'replica.promised': 6,
  'replica.scan': 7,
  'replica.scanned': 8,
  'ring.prepare': 10,
  'ring.promised': 11,
  'ring.accept': 12,
  'ring.accepted': 13,
  'ring.decided': 14,
  'ring.fetch': 15,
  'ring.join': 16,
  'ring.joining': 17,
  'ring.pulled': 18,
  'ring.pulling': 19,
  'partition.list': 20,
  'partition.listed': 21,
  'partition.fetch': 22,
  'partition.fetched': 23,
  'partition.tree': 24,
  'partition.compare': 33,
  'partition.leaves': 25,
  'partition.confirm': 60,
  'partition.confirmed': 61,
  'partition.reap': 62,
  'partition.reaped': 63,
  'node.sizes': 26,
  'node.sized': 27,
  'hints.deliver': 28,
  'hints.taken': 29,
  goodbye: 30,
  'ring.hand': 31,
  'ring.handed': 32,
  'ring.leave': 53,
  'ring.leaving': 54,
  'swim.ping': 40,
  'swim.ack': 41,
  'swim.pingRequest': 42,
  'swim.nack': 43,
  'swim.sync': 44,
  'swim.synced': 45,
  'events.fetch': 50,
  'events.record': 51,
  'events.batch': 52,
  'backup.restore': 70,
  'backup.restored': 71,
  'partition.roots': 72,
  'partition.sums': 73,
};

function encode(...all: Message[]): Buffer {
  const writer = new Writer();
  for (const message of all) writeMessage(writer, message);
  return writer.finish();
}

function decode(frame: Buffer): Message[] {
  const reader = new Reader(frame);
  const all: Message[] = [];
  while (!reader.done) all.push(readMessage(reader));
  return all;
}

function malformed(frame: Buffer): void {
  assert.throws(
    () => readMessage(new Reader(frame)),
    (error: unknown) => error instanceof MalformedFrame,
  );
}

for (const type of MESSAGE_TYPES) {
  test(`${type} -> comes back, behind its tag; cut anywhere -> MalformedFrame`, () => {
    fc.assert(
      fc.property(messagesOf(type), (message) => {
        const frame = encode(message);
        assert.is(frame[0], TAGS[type]);
        assert.equal(decode(frame), [message]);
        for (const end of cutsOf(frame)) malformed(frame.subarray(0, end));
      }),
      { numRuns: 50 },
    );
  });
}

/** Every byte of a short frame; of a long one the first 200 and a sample of the rest. */
function cutsOf({ length }: Buffer): number[] {
  const step = Math.ceil(length / 200);
  const cuts = new Set<number>();
  for (let end = 0; end < length; end++) {
    if (end < 200 || end % step === 0 || end === length - 1) cuts.add(end);
  }
  return [...cuts];
}

test('many messages in one frame -> come back in order', () => {
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 10 }), (all) => {
      assert.equal(decode(encode(...all)), all);
    }),
  );
});

/** Reads until the end or the first MalformedFrame; any other error fails the test. */
function readHostile(frame: Buffer): void {
  let all: Message[];
  try {
    all = decode(frame);
  } catch (error) {
    assert.instance(error, MalformedFrame);
    return;
  }
  for (const message of all) assert.ok(message.type in TAGS);
}

test('any bytes behind any tag -> messages or MalformedFrame', () => {
  const tags = fc.oneof(fc.constantFrom(...Object.values(TAGS)), fc.nat(255));
  fc.assert(
    fc.property(tags, buffers(100), (tag, rest) => {
      readHostile(Buffer.concat([Buffer.from([tag]), rest]));
    }),
    { numRuns: 2000 },
  );
});

test('any message with a few bytes changed -> messages or MalformedFrame', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(messages, changes, (message, list) => {
      const frame = encode(message);
      for (const [at, byte] of list) frame[at % frame.length] = byte;
      readHostile(frame);
    }),
    { numRuns: 1000 },
  );
});

test('an unknown tag, or nothing at all -> MalformedFrame', () => {
  const known = new Set(Object.values(TAGS));
  for (let tag = 0; tag < 256; tag++) if (!known.has(tag)) malformed(Buffer.alloc(100, tag));
  malformed(Buffer.alloc(0));
});

const head = { call: 1, epoch: 1 };
const longKey = Buffer.alloc(1025);

const FETCHED = { type: 'partition.fetched', ...head, outcome: 'ok' } as const;
const GOOD: Message = { type: 'ring.fetch', epoch: 1 };

const BALLOT = { round: 1, node: NO_VERSION.node };
const VOTE = { type: 'ring.prepare', call: 1, epoch: 1 } as const;
const LIST = {
  type: 'partition.list',
  ...{ ...head, partition: 0, leaves: undefined, after: undefined },
  ...{ upTo: undefined, limit: 1, salt: 0, held: Buffer.alloc(0) },
} as const;
/** [what is too large, or nothing of its kind, the message] */
const UNSENDABLE: readonly [string, Message][] = [
  ['a key', { type: 'replica.read', ...head, timeoutMs: 1, withValue: true, key: longKey }],
  ['the key a page starts behind', { ...LIST, after: longKey }],
  ['a place to end', { ...LIST, upTo: longKey }],
  ['a list of fingerprints', { ...LIST, held: Buffer.alloc(4 * 4096 + 1) }],
  ['a set of leaves', { ...LIST, leaves: Buffer.alloc(33) }],
  [
    'a hash tree',
    {
      type: 'partition.leaves',
      ...head,
      outcome: 'ok',
      leaves: Buffer.alloc(2049),
      reaped: NO_VERSION,
    },
  ],
  [
    'a list of partitions',
    {
      type: 'node.sized',
      call: 1,
      sizes: new Array(65537).fill({ partition: 0, rows: 0, bytes: 0 }),
    },
  ],
  ['one key of many', { type: 'partition.fetch', ...head, keys: [longKey] }],
  [
    'a list of keys',
    { type: 'partition.fetch', ...head, keys: new Array(1001).fill(Buffer.alloc(1)) },
  ],
  [
    'a list of records',
    { type: 'hints.deliver', ...head, records: new Array(1001).fill(record('k')) },
  ],
  ['a ring', { type: 'ring.decided', ring: 'x'.repeat(MAX_RING_BYTES + 1) }],
  ['a wish to join', { type: 'ring.join', call: 1, member: 'x'.repeat((1 << 20) + 1) }],
  [
    'a page',
    {
      type: 'partition.listed',
      ...head,
      outcome: 'ok',
      entries: new Array(PAGE_ROWS_LIMIT + 1).fill({ key: Buffer.from('k'), version: NO_VERSION }),
      next: undefined,
    },
  ],
  ['no key', { type: 'partition.fetch', ...head, keys: [Buffer.alloc(0)] }],
  ['a round of ballots with too few above it', { ...VOTE, ballot: { ...BALLOT, round: 2 ** 31 } }],
  ['no record', { ...FETCHED, records: [record('k').subarray(0, 47)] }],
];

const SCAN: Message = {
  ...{ type: 'replica.scan', ...head, timeoutMs: 1, partitions: Buffer.alloc(1) },
  ...{ from: Buffer.alloc(0), to: Buffer.alloc(MAX_KEY_BYTES + 1), reverse: false },
  ...{ limit: 1, bytes: 1, withValues: false },
};
const JOINING: Message = {
  ...{ type: 'ring.joining', call: 1, ring: undefined },
  ...{ refusal: 'x'.repeat(64 << 10), waitsFor: 'x'.repeat(1000) },
};

/** What is as long as it may be, and the same with one more. */
const LONGEST: readonly [what: string, most: Message, more: Message][] = [
  ['the place behind a key', SCAN, { ...SCAN, to: Buffer.alloc(MAX_KEY_BYTES + 2) }],
  ['a refusal', JOINING, { ...JOINING, refusal: `${JOINING.refusal}x` }],
  ['what a newcomer waits for', JOINING, { ...JOINING, waitsFor: `${JOINING.waitsFor}x` }],
];

for (const [what, most, more] of LONGEST) {
  test(`${what}, as long as it may be -> comes back; a byte more -> not sent`, () => {
    assert.equal(decode(encode(most)), [most]);
    assert.throws(
      () => encode(more),
      (error: unknown) => error instanceof RangeError,
    );
  });
}

for (const [what, message] of UNSENDABLE) {
  test(`${what} -> not sent, and what was written before is`, () => {
    const writer = new Writer();
    writeMessage(writer, GOOD);
    assert.throws(
      () => writeMessage(writer, message),
      (error: unknown) => error instanceof RangeError,
    );
    assert.equal(decode(writer.finish()), [GOOD]);
  });
}

test('a number that leaves none above it -> MalformedFrame', () => {
  const frame = encode({ ...VOTE, ballot: { ...BALLOT, round: MOST_COUNTED } });
  const roundAt = frame.indexOf(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
  frame[roundAt] = 0x80;
  assert.throws(
    () => decode(frame),
    (error: unknown) => error instanceof MalformedFrame,
  );
});

test('a record above its bound -> refused by its length alone', () => {
  const frame = encode({ type: 'replica.write', ...head, timeoutMs: 1, record: record('k') });
  const lengthAt = frame.length - record('k').length - 4;
  assert.is(frame.readUInt32BE(lengthAt), record('k').length);
  const most = MAX_HEADER_BYTES + MAX_CONTENT_TYPE_BYTES + MAX_KEY_BYTES + VALUE_BYTES_LIMIT;
  frame.writeUInt32BE(most + 1, lengthAt);
  assert.throws(() => decode(frame), new RegExp(`${most} may stand`));
});

test('a record cut short or drawn out, or with the lengths of another -> MalformedFrame', () => {
  const whole = record('k');
  const frame = encode({ ...FETCHED, records: [whole] });
  const [start, lengthAt] = [frame.length - whole.length, frame.length - whole.length - 4];
  for (let length = 0; length < whole.length; length++) {
    const cut = frame.subarray(0, start + length);
    cut.writeUInt32BE(length, lengthAt);
    malformed(cut);
  }
  frame.writeUInt32BE(whole.length, lengthAt);
  assert.equal(decode(frame), [{ ...FETCHED, records: [whole] }]);
  for (const at of [40, 41, 42, 43, 44, 45, 46, 47]) {
    const changed = Buffer.from(frame);
    changed[start + at]! ^= 2;
    malformed(changed);
  }
});

test('the largest ring that there can be -> fits its message', () => {
  const members = Array.from({ length: MAX_MEMBERS }, (_, i) => ({
    id: i.toString(16).padStart(16, '0'),
    address: `${'漢'.repeat(294)}:65535`,
    weight: 1000,
    zone: '漢'.repeat(100),
  }));
  const owners = Array.from({ length: MAX_REPLICAS }, (_, i) => MAX_MEMBERS - 1 - i);
  const layout = new Array<number[]>(65536).fill(owners);
  const ring: Ring = {
    clusterId: '0'.repeat(32),
    epoch: MOST_COUNTED,
    ...foundingReplication({ replicas: MAX_REPLICAS }),
    members,
    layout,
    transition: { members, layout },
  };
  const json = JSON.stringify(ring);
  assert.is(parseRing(json).layout.length, 65536);
  const frame = encode({ type: 'ring.decided', ring: json });
  assert.ok(frame.length < FRAME_BYTES_LIMIT);
  assert.equal(decode(frame), [{ type: 'ring.decided', ring: json }]);
});

test.run();
