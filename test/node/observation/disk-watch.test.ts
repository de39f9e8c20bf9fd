/** The disk: told when it is full and when it is not, and not again and again. */
import * as assert from 'uvu/assert';
import { DiskWatch } from '../../../src/node/observation/disk-watch.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('disk watch');

test('full, and room again -> told once each', () => {
  const store = { isFull: false };
  const told: string[] = [];
  const disk = new DiskWatch(store, ({ type }) => told.push(type));
  for (const isFull of [false, true, true, false, false]) {
    store.isFull = isFull;
    disk.look();
    assert.is(disk.isFull, isFull);
  }
  assert.equal(told, ['store.full', 'store.writable']);
});

test.run();
