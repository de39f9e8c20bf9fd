/** What is packed on one side is unpacked on the other. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Field } from '../../src/core/codec.js';
import { recordVersion } from '../../src/core/data/record.js';
import { versionBytes } from '../../src/core/data/version-bytes.js';
import {
  BatchReader,
  BatchWriter,
  droppedField,
  dropQueryField,
  hintField,
  hintIdsField,
  hintQueryField,
  hintSizesField,
  hintsField,
  metaField,
  pack,
  pageField,
  pageQueryField,
  prepareField,
  promiseOutcomeOf,
  readOutcomeOf,
  sizesField,
  statusField,
  TAG,
  treeQueryField,
  unpack,
  versionOutcomeOf,
  writeOutcomeOf,
} from '../../src/store/batch.js';
import { buffers, nodeIds, texts, versions } from '../support/data/arbitraries.js';
import { record } from '../support/data/records.js';
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
    const list = [{ tag: TAG.write, payload: Buffer.alloc(size, 0xff) }];
    assert.equal(itemsOf(write(new BatchWriter(), list)), list);
  }
});

test('a large item between small ones -> all arrive', () => {
  const sizes = [0, 1, 5 << 20, 0, 100_000, 3];
  const list = sizes.map((size, tag) => ({ tag: tag + 1, payload: Buffer.alloc(size, tag) }));
  assert.equal(itemsOf(write(new BatchWriter(), list)), list);
});

test('a batch -> a buffer of its own, so that it can be transferred', () => {
  const batch = write(new BatchWriter(), [{ tag: TAG.status, payload: Buffer.alloc(0) }]);
  const moved = structuredClone(batch, { transfer: [batch] });
  assert.is(batch.byteLength, 0);
  assert.is(itemsOf(moved).length, 1);
});

test('questions and answers with several fields -> what they were', () => {
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const keys = buffers(1024, 1);
  const maybeKeys = fc.option(keys, { nil: undefined });
  const leaves = fc.option(buffers(32), { nil: undefined });
  const counts = fc.maxSafeNat();
  const plain = { noNullPrototype: true };
  const entries = fc.array(fc.record({ key: keys, version: versions }, plain), { maxLength: 5 });
  const sizes = fc.array(fc.record({ partition: u32, rows: counts, bytes: counts }, plain));
  for (const check of [
    survives(metaField, fc.record({ name: texts, text: texts }, plain)),
    survives(prepareField, fc.record({ key: keys, ballot: versions }, plain)),
    survives(
      pageQueryField,
      fc.record({ partition: u32, limit: u32, leaves, after: maybeKeys }, plain),
    ),
    survives(pageField, fc.record({ entries, next: maybeKeys }, plain)),
    survives(treeQueryField, fc.record({ partition: u32 }, plain)),
    survives(dropQueryField, fc.record({ partition: u32, limit: u32 }, plain)),
    survives(droppedField, fc.record({ rows: u32 }, plain)),
    survives(sizesField, sizes),
    survives(
      hintField,
      fc.record({ target: nodeIds, expiresAt: counts, record: buffers(300) }, plain),
    ),
    survives(hintQueryField, fc.record({ target: nodeIds, limit: u32, bytes: u32 }, plain)),
    survives(
      hintsField,
      fc.array(fc.record({ id: counts, record: buffers(300), expiresAt: counts }, plain)),
    ),
    survives(hintIdsField, fc.array(counts)),
    survives(
      hintSizesField,
      fc.array(fc.record({ target: texts, rows: counts, bytes: counts, expiresAt: counts }, plain)),
    ),
    survives(statusField, fc.record({ rows: counts, bytes: counts, walBytes: counts }, plain)),
  ]) {
    check();
  }
});

function survives<T>(field: Field<T>, values: fc.Arbitrary<T>): () => void {
  const property = fc.property(values, (value) => {
    assert.equal(unpack(field, pack(field, value)), value);
  });
  return () => fc.assert(property);
}

test('answers -> the outcomes of the port', () => {
  const bytes = record('key');
  const version = recordVersion(bytes);
  const payload = versionBytes(bytes);
  const bare = (tag: number) => ({ tag, payload: Buffer.alloc(0) });
  assert.equal(writeOutcomeOf(bare(TAG.applied)), { kind: 'applied' });
  assert.equal(writeOutcomeOf(bare(TAG.readOnly)), { kind: 'readOnly' });
  assert.equal(writeOutcomeOf(bare(TAG.corrupt)), { kind: 'corrupt' });
  assert.equal(writeOutcomeOf({ tag: TAG.superseded, payload }), { kind: 'superseded', version });
  assert.equal(readOutcomeOf({ tag: TAG.found, payload: bytes }), { kind: 'found', record: bytes });
  assert.equal(versionOutcomeOf({ tag: TAG.found, payload }), { kind: 'found', version });
  const promised = { kind: 'promised', record: bytes };
  assert.equal(promiseOutcomeOf({ tag: TAG.found, payload: bytes }), promised);
  assert.equal(promiseOutcomeOf(bare(TAG.absent)), { kind: 'promised', record: undefined });
  assert.equal(promiseOutcomeOf({ tag: TAG.superseded, payload }), { kind: 'refused', version });
  assert.equal(promiseOutcomeOf(bare(TAG.readOnly)), { kind: 'readOnly' });
  assert.equal(promiseOutcomeOf(bare(TAG.corrupt)), { kind: 'corrupt' });
  for (const outcomeOf of [readOutcomeOf, versionOutcomeOf]) {
    assert.equal(outcomeOf(bare(TAG.absent)), { kind: 'absent' });
    assert.equal(outcomeOf(bare(TAG.corrupt)), { kind: 'corrupt' });
  }
});

test.run();
