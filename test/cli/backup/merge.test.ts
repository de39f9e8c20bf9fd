/** Of several sources, each key once: in its newest version, whatever source has that. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { newestOf } from '../../../src/cli/backup/merge.js';
import { recordKey, recordVersion } from '../../../src/core/data/record.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('merge');

test('any sources -> as if all were in one table', () => {
  const held = fc.record({ key: fc.nat(12), time: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(fc.array(held, { maxLength: 12 }), { maxLength: 4 }), (sources) => {
      const newest = new Map<string, number>();
      const iterators = sources.map((rows) => {
        const named = rows.map(({ key, time }) => ({ name: `k${10 + key}`, time }));
        for (const { name, time } of named) {
          newest.set(name, Math.max(time, newest.get(name) ?? 0));
        }
        return named
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .map(({ name, time }) => ({
            key: Buffer.from(name),
            record: record(name, { version: version(time) }),
          }))
          .values();
      });
      const merged = [...newestOf(iterators)].map((each): [string, number] => {
        return [recordKey(each).toString(), recordVersion(each).time];
      });
      assert.equal(merged, [...newest].sort());
    }),
  );
});

test.run();
