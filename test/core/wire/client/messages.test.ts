/**
 * Messages between clients and nodes: the bytes that other builds write, what hostile bytes do, and
 * that nobody can say what is another's to say.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MalformedFrame, Reader, Writer } from '../../../../src/core/codec.js';
import {
  ANSWER_TABLE,
  CLIENT_ANSWERS,
  type ClientAnswer,
} from '../../../../src/core/wire/client/answers.js';
import {
  CLIENT_REQUESTS,
  type ClientRequest,
  REQUEST_TABLE,
} from '../../../../src/core/wire/client/requests.js';
import type { MessageTable } from '../../../../src/core/wire/frames/table.js';
import { MESSAGES, type Message, readMessage } from '../../../../src/core/wire/messages.js';
import { buffers } from '../../../support/data/arbitraries.js';
import { ANSWER_SAMPLES, REQUEST_SAMPLES } from '../../../support/data/client-samples.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('messages of clients');

/** `type hex`, in the order of the samples; a line of it is only ever added. */
const GOLDEN = readFileSync('test/core/wire/client/golden-bytes.txt', 'utf8').trimEnd().split('\n');

function bytesOf<M extends { type: string }>(table: MessageTable<M>, message: M): Buffer {
  const writer = new Writer();
  table.write(writer, message);
  return writer.finish();
}

function line<M extends { type: string }>(table: MessageTable<M>, message: M): string {
  return `${message.type} ${bytesOf(table, message).toString('hex')}`;
}

const allLines = [
  ...REQUEST_SAMPLES.map((sample) => line<ClientRequest>(REQUEST_TABLE, sample)),
  ...ANSWER_SAMPLES.map((sample) => line<ClientAnswer>(ANSWER_TABLE, sample)),
];

test('every message -> the bytes it has always had', () => {
  const types = new Set(allLines.map((each) => each.split(' ')[0]));
  const names = [...Object.keys(CLIENT_REQUESTS), ...Object.keys(CLIENT_ANSWERS)];
  assert.equal(
    names.filter((name) => !types.has(name)),
    [],
  );
  assert.equal(allLines, GOLDEN);
});

/** What reads a message, and what may come of it. */
const READERS: readonly [name: string, read: (from: Reader) => { type: string }][] = [
  ['requests', (from) => REQUEST_TABLE.read(from)],
  ['answers', (from) => ANSWER_TABLE.read(from)],
];

function malformed(read: (from: Reader) => unknown, frame: Buffer): void {
  assert.throws(
    () => read(new Reader(frame)),
    (error: unknown) => error instanceof MalformedFrame,
  );
}

test('the bytes -> the messages; cut anywhere -> MalformedFrame', () => {
  for (const sample of REQUEST_SAMPLES) comesBack<ClientRequest>(REQUEST_TABLE, sample);
  for (const sample of ANSWER_SAMPLES) comesBack<ClientAnswer>(ANSWER_TABLE, sample);
});

function comesBack<M extends { type: string }>(table: MessageTable<M>, message: M): void {
  const frame = bytesOf(table, message);
  const reader = new Reader(frame);
  assert.equal(table.read(reader), message);
  assert.ok(reader.done);
  for (let end = 0; end < frame.length; end++) {
    malformed((from) => table.read(from), frame.subarray(0, end));
  }
}

test('what one side says -> the other side cannot, nor a peer', () => {
  const tags = (rows: { readonly [type: string]: { readonly tag: number } }) =>
    Object.values(rows).map(({ tag }) => tag);
  const all = [...tags(CLIENT_REQUESTS), ...tags(CLIENT_ANSWERS), ...tags(MESSAGES)];
  assert.is(new Set(all).size, all.length, 'no tag stands twice');
  const requests = REQUEST_SAMPLES.map((sample) => bytesOf<ClientRequest>(REQUEST_TABLE, sample));
  const answers = ANSWER_SAMPLES.map((sample) => bytesOf<ClientAnswer>(ANSWER_TABLE, sample));
  for (const frame of [...requests, ...answers]) malformed(readMessage, frame);
  for (const frame of answers) malformed((from) => REQUEST_TABLE.read(from), frame);
  for (const frame of requests) malformed((from) => ANSWER_TABLE.read(from), frame);
  const peers = tags(MESSAGES).map((tag) => Buffer.alloc(100, tag));
  for (const frame of peers) malformed((from) => REQUEST_TABLE.read(from), frame);
});

for (const [name, read] of READERS) {
  test(`any bytes behind any tag, as ${name} -> a message or MalformedFrame`, () => {
    const tags = fc.integer({ min: 128, max: 255 });
    fc.assert(
      fc.property(tags, buffers(100), (tag, rest) => {
        readHostile(read, Buffer.concat([Buffer.from([tag]), rest]));
      }),
      { numRuns: 2000 },
    );
  });
}

test('any message with a few bytes changed -> a message or MalformedFrame', () => {
  const frames = GOLDEN.map((each) => Buffer.from(each.split(' ')[1] ?? '', 'hex'));
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...frames), changes, (golden, list) => {
      const frame = Buffer.from(golden);
      for (const [at, byte] of list) frame[at % frame.length] = byte;
      for (const [, read] of READERS) readHostile(read, frame);
    }),
    { numRuns: 1000 },
  );
});

function readHostile(read: (from: Reader) => { type: string }, frame: Buffer): void {
  try {
    assert.match(read(new Reader(frame)).type, /^client\./);
  } catch (error) {
    assert.instance(error, MalformedFrame);
  }
}

/** [what is too large, or none of its kind, the message] */
const UNSENDABLE: readonly [string, ClientRequest][] = [
  ['a key', { ...REQUEST_SAMPLES[1]!, key: Buffer.alloc(1025) } as ClientRequest],
  ['no key', { ...REQUEST_SAMPLES[1]!, key: Buffer.alloc(0) } as ClientRequest],
  ['no level', { ...REQUEST_SAMPLES[1]!, level: 17 } as ClientRequest],
  ['a letter of no byte', { ...REQUEST_SAMPLES[3]!, contentType: 'ŝ' } as ClientRequest],
  ['a content type', { ...REQUEST_SAMPLES[3]!, contentType: 'x'.repeat(256) } as ClientRequest],
];

for (const [what, message] of UNSENDABLE) {
  test(`${what} -> not sent`, () => {
    assert.throws(
      () => bytesOf<ClientRequest>(REQUEST_TABLE, message),
      (error: unknown) => error instanceof RangeError,
    );
  });
}

test('a message of peers is none of a client -> its row does not exist', () => {
  const message = { type: 'ring.fetch', epoch: 1 } as Message;
  assert.throws(() => bytesOf(REQUEST_TABLE, message as unknown as ClientRequest), /a row/);
});

test.run();
