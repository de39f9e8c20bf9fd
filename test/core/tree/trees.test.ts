/** Trees that are kept in step with what is written are those of the rows. */
import * as assert from 'uvu/assert';
import { bytesOfVersion } from '../../../src/core/data/version-bytes.js';
import { Trees } from '../../../src/core/tree/trees.js';
import { version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('trees');

const rowOf = (key: string, time: number) => ({
  key: Buffer.from(key),
  version: bytesOfVersion(version(time)),
});
const version1 = rowOf('a', 1).version;
const built = (...rows: ReturnType<typeof rowOf>[]) => {
  const trees = new Trees();
  trees.build(7, rows, true);
  return trees.get(7);
};

test('rows come, change and go -> the tree of those that are left', () => {
  const trees = new Trees();
  const [a, b, c] = [rowOf('a', 1), rowOf('b', 1), rowOf('c', 1)];
  trees.build(7, [a, b], true);
  trees.toggle(7, c.key, c.version);
  assert.equal(trees.get(7), built(a, b, c));
  trees.replace(7, b.key, b.version, rowOf('b', 2).version);
  trees.toggle(7, a.key, a.version);
  assert.equal(trees.get(7), built(rowOf('b', 2), c));
});

test('one that was never built, or is forgotten -> none, until it is built', () => {
  const trees = new Trees();
  const { key, version } = rowOf('a', 1);
  trees.toggle(7, key, version);
  trees.replace(7, key, version, version);
  assert.is(trees.get(7), undefined);
  trees.build(7, [], true);
  trees.forget(7);
  assert.is(trees.get(7), undefined);
  assert.is(trees.get(8), undefined);
});

test('while it is built, rows change before and behind -> the tree of those that are left', () => {
  const trees = new Trees();
  const [a, b, c, d] = [rowOf('a', 1), rowOf('b', 1), rowOf('c', 1), rowOf('d', 1)];
  trees.build(7, [a, b], false);
  assert.is(trees.get(7), undefined);
  assert.equal(trees.builtUpTo(7), b.key);
  trees.replace(7, b.key, b.version, rowOf('b', 2).version);
  trees.toggle(7, a.key, a.version);
  trees.toggle(7, Buffer.from('aa'), version1);
  trees.toggle(7, d.key, d.version);
  trees.replace(7, c.key, c.version, rowOf('c', 3).version);
  trees.build(7, [rowOf('c', 3), d], true);
  assert.is(trees.builtUpTo(7), undefined);
  assert.equal(trees.get(7), built(rowOf('aa', 1), rowOf('b', 2), rowOf('c', 3), d));
});

test.run();
