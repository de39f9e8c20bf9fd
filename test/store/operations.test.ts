/** Every operation of the store: what is asked and answered comes out as it went in. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { recordVersion } from '../../src/core/data/record.js';
import { versionBytes } from '../../src/core/data/version-bytes.js';
import { ANSWER, PROMISED, RECORD, VERSION, WRITTEN } from '../../src/store/answers.js';
import { BatchReader, BatchWriter, type Item } from '../../src/store/batch.js';
import { OPERATIONS, type Operation, type OperationName } from '../../src/store/operations.js';
import { buffers, nodeIds, texts, u32s, versions } from '../support/data/arbitraries.js';
import { record } from '../support/data/records.js';
import { suite } from '../support/runner/suite.js';

const test = suite('store operations');

const plain = { noNullPrototype: true };
const keys = buffers(1024, 1);
const maybeKeys = fc.option(keys, { nil: undefined });
const counts = fc.maxSafeNat();
const places = fc.option(fc.record({ expiresAt: counts, id: counts }, plain), { nil: undefined });
const none = fc.constant(undefined);
const flags = fc.boolean();
const entries = fc.array(fc.record({ key: keys, version: versions }, plain), { maxLength: 5 });
const BYTES = record('key');
const HELD = versionBytes(BYTES);

const judgements = fc.constantFrom(
  { kind: 'accept' },
  { kind: 'held' },
  { kind: 'corrupt' },
  { kind: 'superseded', version: HELD },
  { kind: 'promised', version: HELD },
  { kind: 'reaped', version: HELD },
);

/** [what is asked, what the thread says]: a new operation does not compile until it has a row. */
const ROWS: { [N in OperationName]: readonly [fc.Arbitrary<unknown>, fc.Arbitrary<unknown>] } = {
  write: [buffers(300), judgements],
  copy: [buffers(300), judgements],
  setMeta: [fc.record({ name: texts, text: texts }, plain), fc.constant(true)],
  probe: [none, fc.constant(true)],
  prepare: [
    fc.record({ key: keys, ballot: versions }, plain),
    fc.constantFrom(
      { kind: 'promise', record: undefined },
      { kind: 'promise', record: BYTES },
      { kind: 'refused', version: HELD },
      { kind: 'corrupt' },
    ),
  ],
  drop: [
    fc.record(
      { partition: u32s, limit: u32s, only: fc.option(entries, { nil: undefined }) },
      plain,
    ),
    u32s,
  ],
  reap: [fc.record({ partition: u32s, upTo: versions, entries }, plain), u32s],
  endedIn: [
    fc.record({ from: u32s, before: counts }, plain),
    fc.record({ partitions: fc.array(u32s), next: fc.option(u32s, { nil: undefined }) }, plain),
  ],
  ended: [
    fc.record({ partition: u32s, before: counts, limit: u32s }, plain),
    fc.record({ rows: counts, since: counts, entries }, plain),
  ],
  stay: [fc.record({ partition: u32s, before: counts, entries }, plain), fc.array(u32s)],
  reapedUpTo: [u32s, versions],
  hint: [fc.record({ target: nodeIds, expiresAt: counts, record: buffers(300) }, plain), flags],
  dropHints: [fc.array(counts), fc.constant(true)],
  read: [keys, fc.constantFrom('absent', 'corrupt', BYTES)],
  inspect: [
    fc.record({ partition: u32s, bytes: u32s, after: fc.option(keys, { nil: undefined }) }, plain),
    fc.record(
      {
        rows: u32s,
        bytes: counts,
        damaged: fc.array(keys, { maxLength: 5 }),
        next: fc.option(keys, { nil: undefined }),
      },
      plain,
    ),
  ],
  readUpTo: [
    fc.record({ keys: fc.array(keys, { maxLength: 5 }), bytes: u32s }, plain),
    fc.array(buffers(300), { maxLength: 5 }),
  ],
  readVersion: [keys, fc.constantFrom('absent', 'corrupt', BYTES)],
  page: [
    fc.record(
      {
        partition: u32s,
        limit: u32s,
        leaves: fc.option(buffers(32), { nil: undefined }),
        after: maybeKeys,
      },
      plain,
    ),
    fc.record({ entries, next: maybeKeys }, plain),
  ],
  scan: [
    fc.record(
      {
        partitions: buffers(32),
        from: buffers(1025),
        to: fc.option(buffers(1025), { nil: undefined }),
        reverse: flags,
        limit: u32s,
        bytes: u32s,
        withValues: flags,
      },
      plain,
    ),
    fc.record(
      {
        rows: fc.array(fc.record({ key: keys, held: buffers(300) }, plain), { maxLength: 5 }),
        next: maybeKeys,
      },
      plain,
    ),
  ],
  tree: [
    fc.record({ partition: u32s, anew: flags, rows: u32s }, plain),
    fc.option(fc.record({ leaves: buffers(2048), reaped: versions }, plain), { nil: undefined }),
  ],
  sizes: [none, fc.array(fc.record({ partition: u32s, rows: counts, bytes: counts }, plain))],
  hints: [
    fc.record({ target: nodeIds, after: places, limit: u32s, bytes: u32s }, plain),
    fc.array(fc.record({ id: counts, record: buffers(300), expiresAt: counts }, plain)),
  ],
  hintsBehind: [
    fc.record({ after: counts, limit: u32s, bytes: u32s }, plain),
    fc.array(fc.record({ id: counts, record: buffers(300), expiresAt: counts }, plain)),
  ],
  hintSizes: [
    none,
    fc.array(fc.record({ target: texts, rows: counts, bytes: counts, expiresAt: counts }, plain)),
  ],
  status: [none, fc.record({ rows: counts, bytes: counts, walBytes: counts }, plain)],
};

function outcomeOf(said: { kind: string }): object {
  if (said.kind === 'accept') return { kind: 'applied' };
  if (said.kind === 'held') return { kind: 'applied', again: true };
  return 'version' in said ? { kind: said.kind, version: recordVersion(BYTES) } : said;
}

/** What it becomes where it is another thing on this side. */
const BECOMES: { [N in OperationName]?: (said: never) => object } = {
  write: outcomeOf,
  copy: outcomeOf,
  prepare: (said: { kind: string; record?: Buffer }) => {
    if (said.kind === 'promise') return { kind: 'promised', record: said.record };
    return 'version' in said ? { kind: 'refused', version: recordVersion(BYTES) } : said;
  },
  read: (said: Buffer | string) =>
    typeof said === 'string' ? { kind: said } : { kind: 'found', record: said },
  readVersion: (said: Buffer | string) =>
    typeof said === 'string'
      ? { kind: said }
      : { kind: 'found', version: recordVersion(BYTES), record: said },
};

function onlyItemOf(writer: BatchWriter): Item {
  const reader = new BatchReader(writer.finish());
  assert.ok(reader.next());
  const item = { tag: reader.tag, payload: reader.payload };
  assert.not.ok(reader.next());
  return item;
}

for (const [name, [asked, said]] of Object.entries(ROWS)) {
  const operation = OPERATIONS[name as OperationName] as Operation<
    unknown,
    unknown,
    unknown,
    unknown
  >;
  test(`${name}: questions and answers -> what they were`, () => {
    fc.assert(
      fc.property(asked, (question) => {
        const writer = new BatchWriter();
        writer.add(operation.tag, operation.question.pack(question));
        const { tag, payload } = onlyItemOf(writer);
        assert.is(tag, operation.tag);
        assert.equal(operation.question.unpack(payload), question);
      }),
    );
    fc.assert(
      fc.property(said, (word) => {
        const writer = new BatchWriter();
        operation.answer.put(writer, word);
        const item = onlyItemOf(writer);
        assert.is.not(item.tag, ANSWER.readOnly);
        const becomes = BECOMES[name as OperationName];
        const expected = becomes ? becomes(word as never) : word;
        assert.equal(operation.answer.take(item), expected);
      }),
    );
  });
}

test('tags -> each of one operation, and of no answer', () => {
  const tags = Object.values(OPERATIONS).map(({ tag }) => tag);
  const answers = Object.values(ANSWER);
  assert.is(new Set([...tags, ...answers]).size, tags.length + answers.length);
});

test('whatever writes -> says what it answers when the disk is full, and nothing else does', () => {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    assert.is('whenFull' in operation, operation.writes, name);
    assert.not.ok(operation.isOfClients && !operation.writes, name);
  }
});

test('no room for a probe -> told apart from room', () => {
  const writer = new BatchWriter();
  OPERATIONS.probe.answer.put(writer, false);
  assert.is(onlyItemOf(writer).tag, ANSWER.readOnly);
});

test('answers -> the outcomes of the port', () => {
  const version = recordVersion(BYTES);
  const bare = (tag: number) => ({ tag, payload: Buffer.alloc(0) });
  const held = (tag: number) => ({ tag, payload: HELD });
  assert.equal(WRITTEN.take(bare(ANSWER.applied)), { kind: 'applied' });
  assert.equal(WRITTEN.take(bare(ANSWER.held)), { kind: 'applied', again: true });
  assert.equal(WRITTEN.take(bare(ANSWER.corrupt)), { kind: 'corrupt' });
  assert.equal(WRITTEN.take(held(ANSWER.superseded)), { kind: 'superseded', version });
  assert.equal(WRITTEN.take(held(ANSWER.promised)), { kind: 'promised', version });
  assert.equal(WRITTEN.take(held(ANSWER.reaped)), { kind: 'reaped', version });
  const found = { tag: ANSWER.found, payload: BYTES };
  assert.equal(RECORD.take(found), { kind: 'found', record: BYTES });
  assert.equal(VERSION.take(held(ANSWER.version)), { kind: 'found', version });
  assert.equal(VERSION.take(found), { kind: 'found', version, record: BYTES });
  assert.equal(PROMISED.take(found), { kind: 'promised', record: BYTES });
  assert.equal(PROMISED.take(bare(ANSWER.absent)), { kind: 'promised', record: undefined });
  assert.equal(PROMISED.take(held(ANSWER.superseded)), { kind: 'refused', version });
  assert.equal(PROMISED.take(bare(ANSWER.corrupt)), { kind: 'corrupt' });
  for (const answer of [RECORD, VERSION]) {
    assert.equal(answer.take(bare(ANSWER.absent)), { kind: 'absent' });
    assert.equal(answer.take(bare(ANSWER.corrupt)), { kind: 'corrupt' });
  }
});

test.run();
