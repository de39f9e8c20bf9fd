/** Hints come in the order of their keys, all of them, however few fit in memory at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { hintsIn } from '../../../src/cli/backup/hints.js';
import { recordVersion } from '../../../src/core/data/record.js';
import { encodeBlock, encodeEnd, PARTS } from '../../../src/core/wire/backup-stream.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('backup hints');
const END = { node: 'a'.repeat(16), clusterId: 'c'.repeat(32), epoch: 1, unreadable: 0, latest: 0 };

let folder: string;
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'quorate-hints-'));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

interface Hint {
  readonly key: string;
  readonly time: number;
}

/** With a row, too, which is none. */
function fileWith(hints: readonly Hint[], index: number): string {
  const path = join(folder, `${index}.records`);
  const blocks = hints.map(({ key, time }) => [record(key, { version: version(time) })]);
  const [ofHints, ofRows] = PARTS.map((part) => encodeEnd({ ...END, part, records: 0 }));
  const row = encodeBlock([record('a row')]);
  writeFileSync(path, Buffer.concat([...blocks.map(encodeBlock), ofHints!, row, ofRows!]));
  return path;
}

test('any files, as many at a time as fit -> each once, by keys', () => {
  const hint = fc.record({ key: fc.constantFrom('a', 'b', 'bb', 'c', 'd', 'e'), time: fc.nat(9) });
  const files = fc.array(fc.array(hint, { maxLength: 12 }), { maxLength: 3 });
  fc.assert(
    fc.property(files, fc.integer({ min: 1, max: 2000 }), (all, heldBytes) => {
      const paths = all.map(fileWith);
      const found = [...hintsIn(paths, heldBytes)].map(({ key, record }) => {
        return { key: key.toString(), time: recordVersion(record).time };
      });
      const names = found.map(({ key }) => key);
      assert.equal(names, [...names].sort());
      const counted = (hints: readonly Hint[]) => hints.map((each) => JSON.stringify(each)).sort();
      assert.equal(counted(found), counted(all.flat()));
    }),
  );
});

test.run();
