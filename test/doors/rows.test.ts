/** How rows of several doors become one table. */
import * as assert from 'uvu/assert';
import { BrokenInvariant } from '../../src/core/assert.js';
import { joinRows, rowAt } from '../../src/doors/rows.js';
import { suite } from '../support/runner/suite.js';

const test = suite('rows');
const noop = () => undefined;

test('methods of several doors at one path -> one row; one twice -> a broken invariant', () => {
  const table = joinRows({ '/put': { POST: noop } }, { '/put': { PUT: noop } });
  assert.equal(Object.keys(rowAt(table, '/put')!), ['POST', 'PUT']);
  assert.throws(
    () => joinRows({ '/put': { POST: noop } }, { '/put': { POST: noop } }),
    (error: unknown) => error instanceof BrokenInvariant && /\/put/.test(error.message),
  );
});

test('a path that ends in a slash -> all that begins with it; any other -> itself alone', () => {
  const table = joinRows({ '/get': { GET: noop }, '/get/': { POST: noop } });
  const methodsAt = (path: string) => Object.keys(rowAt(table, path) ?? {});
  for (const path of ['/get/', '/get/a', '/get/a/b', '/get//']) {
    assert.equal(methodsAt(path), ['POST'], path);
  }
  assert.equal(methodsAt('/get'), ['GET']);
  for (const path of ['', '/', '/ge', '/gets', '/gets/a', '//get/a']) {
    assert.equal(methodsAt(path), [], path);
  }
});

test.run();
