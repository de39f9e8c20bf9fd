/** What reading rows whole finds beside damaged records, and what heals it. */
import * as assert from 'uvu/assert';
import { partitionOf } from '../../../../src/core/ring/key-owners.js';
import { Database } from '../../../../src/store/thread/sqlite.js';
import { APPLIED, asker, HELD } from '../../../contract/store-world.js';
import { PARTITIONS, record } from '../../../support/data/records.js';
import { suite } from '../../../support/runner/suite.js';
import { databaseFile, open, temporaryDir } from '../../temporary.js';

const test = suite('inspection');

const key = Buffer.from('key');
const partition = partitionOf(key, PARTITIONS);

for (const [what, held, endsAt] of [
  ['a value that stays', record('key'), 5],
  ['a value that expires', record('key', { expiresAt: 1_900_000_000_000 }), null],
  ['a tombstone', record('key', { tombstone: true, value: Buffer.alloc(0) }), 7],
] as const) {
  test(`when ${what} is over has rotted -> found, and healed by the same version`, async () => {
    const dataDir = temporaryDir();
    const before = await open(dataDir);
    assert.equal(await asker(before).write(held), APPLIED);
    assert.equal((await asker(before).inspect(partition, 1 << 20)).damaged, []);
    await before.close();
    const db = new Database(databaseFile(dataDir));
    db.prepare('UPDATE records SET ends_at = ?').run(endsAt);
    db.close();
    const store = await open(dataDir);
    const ask = asker(store);
    assert.equal((await ask.inspect(partition, 1 << 20)).damaged, [key]);
    assert.equal(await ask.read(key), { kind: 'found', record: held }, 'it is served all the same');
    assert.equal(await ask.copy(held), APPLIED);
    assert.equal((await ask.inspect(partition, 1 << 20)).damaged, []);
    assert.equal(await ask.copy(held), HELD);
    await store.close();
  });
}

test.run();
