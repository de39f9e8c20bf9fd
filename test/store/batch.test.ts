/** What is packed on one side is unpacked on the other. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { BatchReader, BatchWriter } from '../../src/store/batch.js';
import { buffers } from '../support/data/arbitraries.js';
import { suite } from '../support/runner/suite.js';

const test = suite('store batch');

interface Item {
  readonly tag: number;
  readonly payload: Buffer;
}

const items: fc.Arbitrary<Item> = fc.record(
  { tag: fc.integer({ min: 1, max: 255 }), payload: buffers(300) },
  { noNullPrototype: true },
);

function itemsOf(batch: ArrayBuffer): Item[] {
  const found: Item[] = [];
  const reader = new BatchReader(batch);
  while (reader.next()) found.push({ tag: reader.tag, payload: Buffer.from(reader.payload) });
  return found;
}

function write(writer: BatchWriter, list: readonly Item[]): ArrayBuffer {
  for (const { tag, payload } of list) writer.add(tag, payload);
  return writer.finish();
}

test('any items -> the same items, from a writer used again and again', () => {
  const writer = new BatchWriter();
  const property = fc.property(fc.array(items, { maxLength: 100 }), (list) => {
    const batch = write(writer, list);
    assert.equal(itemsOf(batch), list);
    assert.is(writer.length, 0);
  });
  fc.assert(property);
});

test('a batch that fills its first allocation, or nearly -> ends where it ends', () => {
  for (let size = 16_300; size < 16_400; size++) {
    const list = [{ tag: 1, payload: Buffer.alloc(size, 0xff) }];
    assert.equal(itemsOf(write(new BatchWriter(), list)), list);
  }
});

test('a large item between small ones -> all arrive', () => {
  const sizes = [0, 1, 5 << 20, 0, 100_000, 3];
  const list = sizes.map((size, tag) => ({ tag: tag + 1, payload: Buffer.alloc(size, tag) }));
  assert.equal(itemsOf(write(new BatchWriter(), list)), list);
});

test('a batch -> a buffer of its own, so that it can be transferred', () => {
  const batch = write(new BatchWriter(), [{ tag: 15, payload: Buffer.alloc(0) }]);
  const moved = structuredClone(batch, { transfer: [batch] });
  assert.is(batch.byteLength, 0);
  assert.is(itemsOf(moved).length, 1);
});

test.run();
