/** The acceptor's rule, case by case, and what must be true of it whatever is held or promised. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Held, judge, judgePrepare, judgeReaped } from '../../src/core/acceptor.js';
import { compareVersions, type Version } from '../../src/core/data/version.js';
import { bytesOfVersion } from '../../src/core/data/version-bytes.js';
import { versions } from '../support/data/arbitraries.js';
import { suite } from '../support/runner/suite.js';

const test = suite('acceptor');

const ascending = (a: number, b: number) => a - b;
const intact = (version: number): Held<number> => ({ isIntact: true, version });
const damaged = (version?: number): Held<number> => ({ isIntact: false, version });

const ACCEPT = { kind: 'accept' };
const RESTORE = { kind: 'restore' };
const HELD = { kind: 'held' };
const superseded = (version: number) => ({ kind: 'superseded', version });
const promised = (version: number) => ({ kind: 'promised', version });
const refused = (version: number) => ({ kind: 'refused', version });
const PROMISE = { kind: 'promise' };
const CORRUPT = { kind: 'corrupt' };

/** [held, promised, what a 5 is told that is written, what a 5 is told that is prepared] */
const ROWS: readonly [Held<number> | undefined, number | undefined, object, object][] = [
  [undefined, undefined, ACCEPT, PROMISE],
  [undefined, 4, ACCEPT, PROMISE],
  [undefined, 5, ACCEPT, refused(5)],
  [undefined, 6, promised(6), refused(6)],
  [intact(4), undefined, ACCEPT, PROMISE],
  [intact(4), 6, promised(6), refused(6)],
  [intact(5), undefined, HELD, refused(5)],
  [intact(5), 6, HELD, refused(6)],
  [intact(6), undefined, superseded(6), refused(6)],
  [intact(6), 5, superseded(6), refused(6)],
  [intact(6), 6, promised(6), refused(6)],
  [intact(6), 7, promised(7), refused(7)],
  [intact(7), 6, superseded(7), refused(7)],
  [damaged(4), undefined, ACCEPT, CORRUPT],
  [damaged(4), 6, promised(6), refused(6)],
  [damaged(5), undefined, ACCEPT, CORRUPT],
  [damaged(5), 6, RESTORE, refused(6)],
  [damaged(6), undefined, promised(6), CORRUPT],
  [damaged(6), 7, promised(7), refused(7)],
  [damaged(7), 6, promised(7), refused(6)],
  [damaged(), undefined, ACCEPT, CORRUPT],
  [damaged(), 6, promised(6), refused(6)],
];

for (const [held, ballot, written, prepared] of ROWS) {
  test(`held ${JSON.stringify(held)}, promised ${ballot}: 5 is written, or prepared`, () => {
    assert.equal(judge(ascending, held, ballot, 5), written);
    assert.equal(judgePrepare(ascending, held, ballot, 5), prepared);
  });
}

test('what was reaped -> only what is above it is taken, except of a key that is held', () => {
  const reaped = (version: number) => ({ kind: 'reaped', version });
  assert.is(judgeReaped(ascending, undefined, undefined, 5), undefined);
  assert.is(judgeReaped(ascending, undefined, 4, 5), undefined);
  assert.equal(judgeReaped(ascending, undefined, 5, 5), reaped(5));
  assert.equal(judgeReaped(ascending, undefined, 6, 5), reaped(6));
  for (const held of [intact(4), damaged()]) {
    assert.is(judgeReaped(ascending, held, 6, 5), undefined);
  }
});

/** Of so few versions that two are often equal. */
const few = fc.oneof(
  fc.nat(3).map((time) => ({ epoch: 1, time, node: 'a'.repeat(16) })),
  versions,
);
const maybe = fc.option(few, { nil: undefined });
const helds: fc.Arbitrary<Held<Version> | undefined> = fc.oneof(
  fc.constant(undefined),
  few.map((version) => ({ isIntact: true, version }) as const),
  maybe.map((version) => ({ isIntact: false, version }) as const),
);

test('whatever is held and promised -> what is taken is below neither', () => {
  const property = fc.property(helds, maybe, few, (held, ballot, version) => {
    const isBelow = (other: Version | undefined) =>
      other !== undefined && compareVersions(version, other) < 0;
    const judgement = judge(compareVersions, held, ballot, version);
    if (judgement.kind === 'accept') {
      assert.not.ok(isBelow(held?.version));
      assert.not.ok(isBelow(ballot));
    } else if (judgement.kind === 'held' || judgement.kind === 'restore') {
      assert.equal(held, { isIntact: judgement.kind === 'held', version });
    } else {
      assert.ok(isBelow(judgement.version), 'who is told to stamp higher can');
      const highest = [held?.version, ballot].every(
        (other) => other === undefined || compareVersions(other, judgement.version) <= 0,
      );
      assert.ok(highest, 'and has to only once');
    }
    const prepared = judgePrepare(compareVersions, held, ballot, version);
    if (prepared.kind === 'promise') {
      const next = judge(compareVersions, held, version, version);
      assert.is(next.kind, 'accept', 'what follows a promise is taken');
    } else if (prepared.kind === 'refused') {
      assert.ok(compareVersions(version, prepared.version) <= 0);
    } else {
      assert.is(held?.isIntact, false);
    }
  });
  fc.assert(property, { numRuns: 2000 });
});

test('versions, or their bytes -> the same judgement', () => {
  const bytesIn = (held: Held<Version> | undefined): Held<Buffer> | undefined => {
    if (!held) return undefined;
    if (held.isIntact) return { isIntact: true, version: bytesOfVersion(held.version) };
    return { isIntact: false, version: held.version && bytesOfVersion(held.version) };
  };
  const asBytes = (judgement: { kind: string; version?: Version }) =>
    judgement.version
      ? { ...judgement, version: bytesOfVersion(judgement.version) }
      : { ...judgement };
  const property = fc.property(helds, maybe, few, (held, ballot, version) => {
    const bytes = [
      bytesIn(held),
      ballot && bytesOfVersion(ballot),
      bytesOfVersion(version),
    ] as const;
    assert.equal(
      asBytes(judge(compareVersions, held, ballot, version)),
      judge(Buffer.compare, ...bytes),
    );
    assert.equal(
      asBytes(judgePrepare(compareVersions, held, ballot, version)),
      judgePrepare(Buffer.compare, ...bytes),
    );
  });
  fc.assert(property, { numRuns: 1000 });
});

test.run();
