/**
 * The statements of the database against the acceptor's rule: whatever a row is, whatever was
 * promised for its key or for all keys, and whatever comes.
 */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Held, judge, judgePrepare } from '../../../src/core/acceptor.js';
import { bytesOfVersion, versionBytes } from '../../../src/core/data/version-bytes.js';
import { partitionOf } from '../../../src/core/ring/key-owners.js';
import { promiseChecksum } from '../../../src/store/thread/promises.js';
import { Records } from '../../../src/store/thread/records.js';
import { openDatabase } from '../../../src/store/thread/schema.js';
import { damaged, PARTITIONS, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { temporaryDir } from '../temporary.js';

const test = suite('records and the rule');

const KEY = Buffer.from('key');
const PARTITION = partitionOf(KEY, PARTITIONS);
/** Under this name stands what is promised for all keys of a partition. */
const ALL_KEYS = Buffer.alloc(0);
const at = (time: number) => record(KEY, { version: version(time) });
const ballotAt = (time: number) => bytesOfVersion(version(time));

interface Case {
  readonly held: number | undefined;
  readonly isIntact: boolean;
  readonly promised: number | undefined;
  readonly isForAll: boolean;
  readonly incoming: number;
}

const times = fc.integer({ min: 1, max: 4 });
const cases: fc.Arbitrary<Case> = fc.record(
  {
    held: fc.option(times, { nil: undefined }),
    isIntact: fc.boolean(),
    promised: fc.option(times, { nil: undefined }),
    isForAll: fc.boolean(),
    incoming: times,
  },
  { noNullPrototype: true },
);

/** A database that is in this state, in a transaction that is undone afterwards. */
function inState({ held, isIntact, promised, isForAll }: Case, body: (records: Records) => void) {
  db.exec('BEGIN');
  if (held !== undefined) {
    new Records(db, PARTITIONS).write(at(held));
    const change = db.prepare('UPDATE records SET record = ?');
    if (!isIntact) change.run(damaged(at(held)));
  }
  if (promised !== undefined) {
    const promise = [PARTITION, isForAll ? ALL_KEYS : KEY, ballotAt(promised)] as const;
    db.prepare('INSERT INTO promises (partition, key, ballot, checksum) VALUES (?, ?, ?, ?)').run(
      ...promise,
      promiseChecksum(...promise),
    );
  }
  body(new Records(db, PARTITIONS));
  db.exec('ROLLBACK');
}

function heldIn({ held, isIntact }: Case): Held<Buffer> | undefined {
  return held === undefined ? undefined : { isIntact, version: ballotAt(held) };
}

/** What became of statements that nobody holds any more is cleared away between turns. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const db = openDatabase(temporaryDir(), PARTITIONS);
test.after(() => db.close());

test('any write -> as the rule says, and so is what is held then', async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(cases, async (drawn) => {
    const promised = drawn.promised === undefined ? undefined : ballotAt(drawn.promised);
    const incoming = ballotAt(drawn.incoming);
    const expected = judge(Buffer.compare, heldIn(drawn), promised, incoming);
    inState(drawn, (records) => {
      const before = records.read(KEY);
      const isTaken = expected.kind === 'accept' || expected.kind === 'restore';
      assert.equal(records.write(at(drawn.incoming)), isTaken ? { kind: 'accept' } : expected);
      const after = records.read(KEY);
      if (isTaken) assert.equal(versionBytes(after as Buffer), incoming);
      else assert.equal(after, before);
      const isPromised = records.prepare(KEY, incoming).kind === 'promise';
      const isBarred = expected.kind === 'promised' || expected.kind === 'restore';
      assert.not.ok(isPromised && isBarred, 'the promise stands');
    });
    seen.add(expected.kind);
  });
  await fc.assert(property.afterEach(nextTurn), { numRuns: 1500 });
  assert.equal([...seen].sort(), ['accept', 'held', 'promised', 'restore', 'superseded']);
});

test('any prepare -> as the rule says, and the promise holds', async () => {
  const seen = new Set<string>();
  const property = fc.asyncProperty(cases, async (drawn) => {
    const promised = drawn.promised === undefined ? undefined : ballotAt(drawn.promised);
    const ballot = ballotAt(drawn.incoming);
    const expected = judgePrepare(Buffer.compare, heldIn(drawn), promised, ballot);
    inState(drawn, (records) => {
      const answer = records.prepare(KEY, ballot);
      if (answer.kind !== 'promise') return assert.equal(answer, expected);
      assert.is(expected.kind, 'promise');
      assert.equal(answer.record, drawn.held === undefined ? undefined : at(drawn.held));
      const below = records.write(at(drawn.incoming - 1));
      assert.ok(below.kind === 'held' || below.kind === 'promised', below.kind);
      assert.is(records.write(at(drawn.incoming)).kind, 'accept');
    });
    seen.add(expected.kind);
  });
  await fc.assert(property.afterEach(nextTurn), { numRuns: 1500 });
  assert.equal([...seen].sort(), ['corrupt', 'promise', 'refused']);
});

test.run();
