import * as assert from 'uvu/assert';
import { byAddress, Names } from '../../src/words/names.js';
import { suite } from '../support/runner/suite.js';

const test = suite('names of nodes');
const [NEAR, FAR, OTHER] = ['127.0.0.1:8080', '127.0.0.1:10080', '127.0.0.2:80'];

test('addresses are sorted by host and by port, as numbers', () => {
  assert.equal([OTHER, FAR, NEAR].sort(byAddress), [NEAR, FAR, OTHER]);
});

test('ids -> in the order of their addresses; the list given stays as it is', () => {
  const names = new Names(
    new Map([
      ['a', OTHER],
      ['b', FAR],
      ['c', NEAR],
    ]),
  );
  const ids = ['a', 'b', 'c'];
  assert.equal(names.sorted(ids), ['c', 'b', 'a']);
  assert.equal(ids, ['a', 'b', 'c']);
});

test.run();
