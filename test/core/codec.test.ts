/** The building blocks of messages: round trips, and every bound at its edge. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  bytes,
  counted,
  type Field,
  flag,
  list,
  MalformedFrame,
  maybe,
  nodeId,
  oneOf,
  only,
  Reader,
  struct,
  text,
  u8,
  u16,
  u32,
  uint53,
  version,
  Writer,
} from '../../src/core/codec.js';
import { MOST_COUNTED } from '../../src/core/counted.js';
import { buffers, nodeIds, texts, u16s, u32s, versions } from '../support/data/arbitraries.js';
import { suite } from '../support/runner/suite.js';

const test = suite('codec');

function encode<T>(field: Field<T>, value: T): Buffer {
  const writer = new Writer();
  field.put(writer, value);
  return writer.finish();
}

function decode<T>(field: Field<T>, frame: Buffer): T {
  const reader = new Reader(frame);
  const value = field.take(reader);
  assert.ok(reader.done, 'bytes are left');
  return value;
}

/** Comes back, and no beginning of its bytes is taken for the whole. */
function roundTrips<T>(name: string, field: Field<T>, values: fc.Arbitrary<T>): void {
  test(`${name}: any value -> comes back; any cut -> MalformedFrame`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const frame = encode(field, value);
        assert.equal(decode(field, frame), value);
        for (let end = 0; end < frame.length; end++) malformed(field, frame.subarray(0, end));
      }),
    );
  });
}

function malformed<T>(field: Field<T>, frame: Buffer): void {
  assert.throws(
    () => field.take(new Reader(frame)),
    (error: unknown) => error instanceof MalformedFrame,
  );
}

roundTrips('u8', u8, fc.nat(255));
roundTrips('u16', u16, u16s);
roundTrips('u32', u32, u32s);
roundTrips('uint53', uint53, fc.maxSafeNat());
roundTrips('flag', flag, fc.boolean());
roundTrips('nodeId', nodeId, nodeIds);
roundTrips('version', version, versions);
roundTrips('bytes', bytes(20), buffers(20));
roundTrips('text', text(400), texts);
roundTrips('oneOf', oneOf('red', 'green'), fc.constantFrom('red', 'green'));
roundTrips('maybe', maybe(u16), fc.option(u16s, { nil: undefined }));
roundTrips('list', list(u16, 5), fc.array(u16s, { maxLength: 5 }));
roundTrips(
  'struct',
  struct({ a: u8, b: struct({ c: maybe(text(400)) }) }),
  fc.record(
    {
      a: fc.nat(255),
      b: fc.record({ c: fc.option(texts, { nil: undefined }) }, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  ),
);

function unsendable<T>(field: Field<T>, value: T): void {
  assert.throws(
    () => encode(field, value),
    (error: unknown) => error instanceof RangeError,
  );
}

test('bytes, text, list -> full at their bound, refused one above it on both sides', () => {
  assert.is(decode(bytes(3), encode(bytes(3), Buffer.alloc(3))).length, 3);
  malformed(bytes(3), encode(bytes(9), Buffer.alloc(4)));
  unsendable(bytes(3), Buffer.alloc(4));
  assert.is(decode(text(2), encode(text(9), 'é')), 'é');
  malformed(text(2), encode(text(9), 'éa'));
  unsendable(text(2), 'éa');
  assert.equal(decode(list(u8, 2), encode(list(u8, 9), [1, 2])), [1, 2]);
  malformed(list(u8, 2), encode(list(u8, 9), [1, 2, 3]));
  unsendable(list(u8, 2), [1, 2, 3]);
});

test('counted -> as far as there are others above it', () => {
  assert.is(decode(counted, encode(counted, MOST_COUNTED)), MOST_COUNTED);
  malformed(counted, encode(u32, MOST_COUNTED + 1));
  unsendable(counted, MOST_COUNTED + 1);
});

test('cut back -> what was written behind that is not sent', () => {
  const writer = new Writer();
  writer.raw(Buffer.from('kept, gone'));
  writer.cutBackTo(4);
  writer.raw(Buffer.from(' again'));
  assert.is(writer.finish().toString(), 'kept again');
});

test('only -> what is none is refused on both sides', () => {
  const even = only('even', (value) => value % 2 === 0, u8);
  assert.is(decode(even, encode(even, 4)), 4);
  malformed(even, encode(u8, 5));
  unsendable(even, 5);
});

test('a huge length -> refused before anything of that size is allocated', () => {
  const claim = encode(u32, 0xffff_ffff);
  malformed(bytes(1 << 20), claim);
  malformed(text(1 << 20), claim);
  malformed(list(u8, 1 << 20), claim);
  // Allowed by the bound, but not there.
  malformed(bytes(0xffff_ffff), claim);
  malformed(list(u8, 0xffff_ffff), claim);
});

test('what no writer writes -> refused', () => {
  malformed(flag, Buffer.from([2]));
  malformed(maybe(u8), Buffer.from([2, 0]));
  malformed(oneOf('red', 'green'), Buffer.from([2]));
  malformed(text(9), encode(bytes(9), Buffer.from([0x61, 0xff])));
  malformed(nodeId, Buffer.from('0123456789ABCDEF'));
  malformed(nodeId, Buffer.from('0123456789abcde\n'));
  for (const number of [-1, 0.5, 2 ** 53, Number.NaN, Infinity, -Infinity]) {
    const frame = Buffer.alloc(8);
    frame.writeDoubleBE(number);
    malformed(uint53, frame);
  }
});

test('byte fields -> slices of the frame, not copies', () => {
  const frame = encode(bytes(9), Buffer.from('abc'));
  assert.is(decode(bytes(9), frame).buffer, frame.buffer);
});

test('a writer -> grows as needed, starts anew after finish, leaves finished frames alone', () => {
  const writer = new Writer();
  const sizes = [0, 1, 4096, 4097, 3 << 20, 10];
  const frames = sizes.map((size, n) => {
    writer.u8(n);
    writer.raw(Buffer.alloc(size, n));
    assert.is(writer.length, size + 1);
    return writer.finish();
  });
  assert.is(writer.length, 0);
  frames.forEach((frame, n) => {
    assert.ok(frame.equals(Buffer.alloc(sizes[n]! + 1, n)));
  });
});

test.run();
