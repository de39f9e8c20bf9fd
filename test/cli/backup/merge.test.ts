/** Of several sources, each key once: in its newest version that is believed. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { newestOf } from '../../../src/cli/backup/merge.js';
import type { Entry } from '../../../src/cli/backup/node-file.js';
import { recordKey, recordVersion } from '../../../src/core/data/record.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('merge');
const ALL = { isBelieved: () => true };

function entry(key: string, time: number): Entry {
  return { key: Buffer.from(key), record: record(key, { version: version(time) }) };
}

function merged(
  rows: readonly (readonly Entry[])[],
  hints: readonly Entry[],
  credibility: Parameters<typeof newestOf>[1],
): { found: [string, number][]; leftOut: number } {
  let leftOut = 0;
  const sources = { rows: rows.map((each) => each.values()), hints: hints.values() };
  const newest = [...newestOf(sources, credibility, () => void leftOut++)];
  const found = newest.map((each): [string, number] => {
    return [recordKey(each).toString(), recordVersion(each).time];
  });
  return { found, leftOut };
}

test('any sources -> as if all were in one table', () => {
  const held = fc.record({ key: fc.nat(12), time: fc.nat(5) });
  fc.assert(
    fc.property(
      fc.array(fc.array(held, { maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      (sources) => {
        const newest = new Map<string, number>();
        const [hints = [], ...rows] = sources.map((each) => {
          const entries = each.map(({ key, time }) => entry(`k${10 + key}`, time));
          for (const { key, record } of entries) {
            const name = key.toString();
            newest.set(name, Math.max(recordVersion(record).time, newest.get(name) ?? 0));
          }
          return entries.sort((a, b) => a.key.compare(b.key));
        });
        assert.equal(merged(rows, hints, ALL), { found: [...newest].sort(), leftOut: 0 });
      },
    ),
  );
});

test('the newest is not believed -> the next one is; none is -> no such key; counted', () => {
  const rows = [
    [entry('a', 9), entry('b', 3), entry('c', 9)],
    [entry('a', 2), entry('b', 3)],
    [entry('a', 1)],
  ];
  const hints = [entry('a', 9), entry('b', 8), entry('b', 5)];
  const asked: string[] = [];
  const believed = merged(rows, hints, {
    isBelieved(record, holders) {
      const { time } = recordVersion(record);
      asked.push(`${recordKey(record)} ${time}: ${holders}`);
      return time < 8;
    },
  });
  assert.equal(believed, {
    found: [
      ['a', 2],
      ['b', 5],
    ],
    leftOut: 3,
  });
  assert.equal(asked, ['a 9: 1', 'a 9: 1', 'a 2: 2', 'b 8: 0', 'b 5: 0', 'c 9: 1']);
});

test.run();
