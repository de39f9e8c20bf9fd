/** Where something is over, in a database of more partitions than are looked at in one go. */
import * as assert from 'uvu/assert';
import { partitionOf } from '../../../../src/core/ring/key-owners.js';
import { Records } from '../../../../src/store/thread/records.js';
import { openDatabase } from '../../../../src/store/thread/schema.js';
import { record } from '../../../support/data/records.js';
import { suite } from '../../../support/runner/suite.js';
import { temporaryDir } from '../../temporary.js';

const test = suite('reapings');
const PARTITIONS = 1024;
const LIVES_UNTIL = Date.UTC(2090, 0, 1);

test('many partitions -> some at a time, each once, to the end', () => {
  const db = openDatabase(temporaryDir(), PARTITIONS);
  const records = new Records(db, PARTITIONS);
  const over = new Set<number>();
  for (let index = 0; index < 3000; index++) {
    const key = `key ${index}`;
    const partition = partitionOf(Buffer.from(key), PARTITIONS);
    const isOver = partition % 3 !== 0;
    if (isOver) over.add(partition);
    const ends = isOver ? { tombstone: true, value: Buffer.alloc(0) } : { expiresAt: LIVES_UNTIL };
    records.write(record(key, ends));
  }
  assert.ok(over.size > 512);
  const found: number[] = [];
  const pages: number[] = [];
  let next: number | undefined = 0;
  while (next !== undefined && pages.length < PARTITIONS) {
    const some = records.endedIn({ from: next, before: Date.UTC(2080, 0, 1) });
    found.push(...some.partitions);
    pages.push(some.partitions.length);
    next = some.next;
  }
  assert.equal(
    found,
    [...over].sort((a, b) => a - b),
  );
  assert.ok(pages.length > 2 && Math.max(...pages) <= 256, `${pages}`);
  db.close();
});

test.run();
