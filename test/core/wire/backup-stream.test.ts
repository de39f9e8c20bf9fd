/** What a node gives away, in pieces of any size; and what is no such thing. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  ANY_TIME,
  BadStream,
  encodeBlock,
  encodeEnd,
  type PartEnd,
  type StreamItem,
  StreamReader,
} from '../../../src/core/wire/backup-stream.js';
import { MAX_RECORD_BYTES } from '../../../src/core/wire/fields.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('backup stream');
const END: PartEnd = {
  ...{ part: 'rows', node: 'a'.repeat(16), clusterId: 'c'.repeat(32) },
  ...{ epoch: 7, records: 3, unreadable: 0, latest: 9 },
};
const BLOCKS = [[record('k')], [record('l'), record('m', { value: Buffer.alloc(5000) })]];
const WHOLE = Buffer.concat([...BLOCKS.map(encodeBlock), encodeEnd(END)]);

function readIn(pieces: readonly Buffer[]): { items: StreamItem[]; isAtEnd: boolean } {
  const reader = new StreamReader();
  const items = pieces.flatMap((piece) => reader.take(piece));
  return { items, isAtEnd: reader.isAtEnd };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

test('in pieces of any size -> the records, and the end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(WHOLE.length), { maxLength: 20 }), (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), WHOLE.length];
      const pieces = at.slice(1).map((end, i) => WHOLE.subarray(at[i], end));
      const { items, isAtEnd } = readIn(pieces);
      assert.equal(items, [...BLOCKS, END]);
      assert.ok(isAtEnd);
    }),
  );
});

test('cut anywhere -> no end', () => {
  for (let bytes = 1; bytes < WHOLE.length; bytes += bytes < 200 ? 1 : 97) {
    const { items, isAtEnd } = readIn([WHOLE.subarray(0, bytes)]);
    assert.not(isAtEnd, `${bytes} bytes`);
    assert.ok(items.every((item) => Array.isArray(item)));
  }
  assert.ok(new StreamReader().isAtEnd, 'nothing has begun');
});

test('two parts -> one behind the other; why there is no more -> a sentence', () => {
  const failed = { failure: 'the disk has failed' };
  const { items } = readIn([Buffer.concat([encodeEnd(END), encodeEnd(failed)])]);
  assert.equal(items, [END, failed]);
});

test('an end of before there was a latest time -> everything is believed', () => {
  const { latest: _, ...before } = END;
  const { items } = readIn([encodeEnd(before as PartEnd)]);
  assert.equal(items, [{ ...END, latest: ANY_TIME }]);
});

test('what is none -> a sentence, before any room is made for it', () => {
  const end = (text: string) => Buffer.concat([u32(0), u32(text.length), Buffer.from(text)]);
  for (const [what, bytes] of [
    ['a block of it is larger than there is any', u32(MAX_RECORD_BYTES + 1)],
    ['a block of it does not hold records', Buffer.concat([u32(60), Buffer.alloc(60)])],
    ['a block of it does not hold records', Buffer.concat([u32(3), Buffer.alloc(3)])],
    ['an end of it is larger than there is any', Buffer.concat([u32(0), u32(4097)])],
    ['an end of it is not JSON', end('{')],
    ['an end of it does not say what ends', end('null')],
    ['an end of it does not say what ends', end('{"part":"rows"}')],
    ['an end of it does not say what ends', end(JSON.stringify({ ...END, part: 'meta' }))],
    ['an end of it does not say what ends', end(JSON.stringify({ ...END, records: -1 }))],
    ['an end of it does not say what ends', end(JSON.stringify({ ...END, node: '../x' }))],
  ] as const) {
    assert.throws(
      () => readIn([bytes]),
      (error: unknown) => error instanceof BadStream && error.message === what,
      what,
    );
  }
});

test('any bytes -> records, an end, or a sentence', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(WHOLE.length), (noise, at) => {
      const bytes = Buffer.concat([WHOLE.subarray(0, at), noise, WHOLE.subarray(at)]);
      try {
        readIn([bytes]);
      } catch (error) {
        assert.instance(error, BadStream);
      }
    }),
  );
});

test.run();
