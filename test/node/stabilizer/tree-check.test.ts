/** A wrong leaf is found and mended; one that is being written meanwhile says nothing. */
import * as assert from 'uvu/assert';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { TreeCheck } from '../../../src/node/stabilizer/tree-check.js';
import type { Store } from '../../../src/ports.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';
import { bulkWork, member, type Owner, Owners } from './owners.js';

const test = suite('tree check');

const A = 'a'.repeat(16);
const RING = {
  clusterId: '0'.repeat(32),
  epoch: 1,
  ...foundingReplication({ replicas: 1 }),
  members: [member(A)],
  layout: [[0]],
};

const owners: { current?: Owners } = {};
test.after.each(async () => {
  await owners.current?.close();
  delete owners.current;
});

const many = Array.from({ length: 2500 }, (_, i) => record(`key ${i}`));

/** `lies`: how often the tree has these leaves wrong; `onPage`: before each page is read. */
async function check(options: { lies?: readonly number[]; onPage?: (owner: Owner) => void }) {
  const { lies = [], onPage = () => undefined } = options;
  const world = new Owners(RING, [A]);
  owners.current = world;
  const owner = world.all[0]!;
  await owner.put(...many);
  let isLying = true;
  let built = 0;
  const store: Pick<Store, 'page' | 'tree'> = {
    tree: (partition, done, how) => {
      if (how === 'anew') {
        isLying = false;
        built++;
      }
      owner.store.tree(partition, (leaves, reaped) => {
        for (const leaf of isLying ? lies : []) leaves[leaf * 8]! ^= 1;
        done(leaves, reaped);
      });
    },
    page: (query, done) => {
      onPage(owner);
      owner.store.page(query, done);
    },
  };
  const treeCheck = new TreeCheck({ store, bulkWork, throttle: world.throttle() });
  return { wrong: await treeCheck.wrongLeaves(0), built };
}

test('a tree as it should be, of several pages -> nothing is wrong, nothing is built', async () => {
  assert.equal(await check({}), { wrong: 0, built: 0 });
});

test('leaves that are wrong -> counted, and the tree is built anew once', async () => {
  assert.equal(await check({ lies: [0, 7, 255] }), { wrong: 3, built: 1 });
});

test('rows are written between the pages -> nothing is wrong', async () => {
  let time = 2;
  const onPage = (owner: Owner) => {
    const written = [many[0]!, many[1999]!].map((_, i) => `key ${i * 1999}`);
    time++;
    for (const key of written) {
      owner.store.write(record(key, { version: version(time) }), () => undefined);
    }
    owner.store.write(record(`new ${time}`), () => undefined);
  };
  assert.equal(await check({ onPage }), { wrong: 0, built: 0 });
});

test('rows are written, and other leaves are wrong -> those are found', async () => {
  const onPage = (owner: Owner) => {
    owner.store.write(record('key 1', { version: version(9) }), () => undefined);
  };
  const { wrong, built } = await check({ lies: Array.from({ length: 256 }, (_, i) => i), onPage });
  assert.equal([wrong, built], [255, 1]);
});

test.run();
