/** What another owner says of its pages is looked at before it is followed. */
import * as assert from 'uvu/assert';
import { TransferFailed } from '../../../src/node/base/work.js';
import { requireOnward } from '../../../src/node/stabilizer/partition-pages.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('partition pages');
const [K, L] = ['k', 'l'].map((key) => Buffer.from(key)) as [Buffer, Buffer];
const OWNER = 'a'.repeat(16);

test('a page that leads on, or to the end -> followed', () => {
  requireOnward(OWNER, undefined, K);
  requireOnward(OWNER, K, L);
  requireOnward(OWNER, K, undefined);
});

test('a page that leads back, or nowhere -> given up, lest it be asked for for ever', () => {
  for (const next of [K, L.subarray(1), Buffer.from('a')]) {
    assert.throws(
      () => requireOnward(OWNER, K, next),
      (error: unknown) => error instanceof TransferFailed && /leads back/.test(error.message),
    );
  }
});

test.run();
