/** Versions are totally ordered, and their text form is unique. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  compareVersions,
  formatVersion,
  isBallot,
  isNodeId,
  NO_VERSION,
  newestVersion,
  parseVersion,
  type Version,
} from '../../../src/core/data/version.js';
import { versions } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('version');
const A = '00000000000000aa';
const B = '00000000000000bb';

test('two versions -> exactly one of older, equal, newer; equal only if the same', () => {
  fc.assert(
    fc.property(versions, versions, (a, b) => {
      const order = Math.sign(compareVersions(a, b));
      assert.is(Math.sign(compareVersions(b, a)), order === 0 ? 0 : -order);
      assert.is(order === 0, formatVersion(a) === formatVersion(b));
    }),
  );
});

test('a <= b <= c -> a <= c', () => {
  fc.assert(
    fc.property(versions, versions, versions, (...three) => {
      const [a, b, c] = three.sort(compareVersions) as [Version, Version, Version];
      assert.ok(compareVersions(a, b) <= 0);
      assert.ok(compareVersions(b, c) <= 0);
      assert.ok(compareVersions(a, c) <= 0);
    }),
  );
});

test('epoch decides before time, time before node', () => {
  const ordered: Version[] = [
    NO_VERSION,
    { epoch: 1, time: 1, node: A },
    { epoch: 1, time: 1, node: B },
    { epoch: 1, time: 2, node: A },
    { epoch: 1, time: Number.MAX_SAFE_INTEGER, node: B },
    { epoch: 2, time: 0, node: A },
  ];
  assert.equal([...ordered].reverse().sort(compareVersions), ordered);
});

test('any version -> none before the one that stands for no version', () => {
  fc.assert(fc.property(versions, (v) => assert.ok(compareVersions(NO_VERSION, v) <= 0)));
  assert.equal(NO_VERSION, { epoch: 0, time: 0, node: '0'.repeat(16) });
});

test('isBallot -> by its odd time', () => {
  for (const [time, isOne] of [
    [0, false],
    [1, true],
    [2, false],
    [4095, true],
    [Number.MAX_SAFE_INTEGER - 1, false],
    [Number.MAX_SAFE_INTEGER, true],
  ] as const) {
    assert.is(isBallot({ epoch: 2, time, node: A }), isOne, String(time));
  }
});

test('newestVersion -> the same one in either order', () => {
  fc.assert(
    fc.property(versions, versions, (a, b) => {
      const newest = newestVersion(a, b);
      assert.equal(newestVersion(b, a), newest);
      assert.ok(compareVersions(newest, a) >= 0 && compareVersions(newest, b) >= 0);
      assert.ok(newest === a || newest === b);
    }),
  );
});

test('any version -> comes back from its text', () => {
  fc.assert(fc.property(versions, (v) => assert.equal(parseVersion(formatVersion(v)), v)));
});

test('any text -> refused, or the one text of its version', () => {
  const digits = fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f', '.'), maxLength: 20 });
  const nearly = fc
    .tuple(digits, digits, fc.constantFrom(A, B))
    .map(([epoch, time, node]) => `${epoch}.${time}.${node}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      const version = parseVersion(text);
      if (version) assert.is(formatVersion(version), text);
    }),
    { numRuns: 1000 },
  );
});

for (const text of [
  '',
  '*',
  `1.1.${A} `,
  `1.1.${A}\n`,
  `1.1.${A.toUpperCase()}`,
  `01.1.${A}`,
  `1.01.${A}`,
  `-1.1.${A}`,
  `1.1.${A}0`,
  `1.1.1.${A}`,
  `100000000.1.${A}`,
  `1.20000000000000.${A}`,
]) {
  test(`${JSON.stringify(text)} -> no version`, () => assert.is(parseVersion(text), undefined));
}

test('isNodeId -> sixteen lower-case hexadecimal digits and nothing else', () => {
  assert.ok(isNodeId(A));
  for (const other of ['', A.slice(1), `${A}0`, A.toUpperCase(), `${A}\n`, 16, null, [A]]) {
    assert.not(isNodeId(other), String(other));
  }
});

test.run();
