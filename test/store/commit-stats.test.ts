/** What the store's thread commits is counted on this side, too. */
import * as assert from 'uvu/assert';
import { asker } from '../contract/store-world.js';
import { record } from '../support/data/records.js';
import { suite } from '../support/runner/suite.js';
import { open, temporaryDir } from './temporary.js';

const test = suite('commit stats');

test('writes that share transactions -> each is counted once, reads make none', async () => {
  const store = await open(temporaryDir());
  const { durations, requests } = store.commits;
  const ask = asker(store);
  const records = Array.from({ length: 100 }, (_, i) => record(`key ${i}`));
  const writtenBefore = requests.sum;
  await Promise.all(records.map((each) => ask.write(each)));
  assert.is(requests.sum - writtenBefore, 100);
  assert.ok(requests.count < 100, `${requests.count} transactions`);
  assert.is(durations.count, requests.count);
  assert.ok(durations.sum > 0);
  const commits = durations.count;
  await ask.read(Buffer.from('key 1'));
  assert.is(durations.count, commits);
  await store.close();
});

test.run();
