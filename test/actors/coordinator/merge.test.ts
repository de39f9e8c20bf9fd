/** Pages of owners that end anywhere -> every key once, and only what all of them hold. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type MergedRow, mergePages } from '../../../actors/coordinator/merge.js';
import type { HeardPage } from '../../../actors/coordinator/scan.js';
import { inOrder, isEmptyRange, type KeyRange, restOf } from '../../../src/core/data/key-range.js';
import { headOf, recordVersion } from '../../../src/core/data/record.js';
import { damaged, record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('merged pages');

const NOTHING = Buffer.alloc(0);
const KEYS = ['a', 'aa', 'b', 'c', 'd', 'da', 'e', 'f', 'g', 'h'];
const RULES = { reverse: false, withValues: false, setOf: () => 0, isBelieved: () => true };

/** The times of the versions that the owners hold of each key; 0: none, -1: a damaged row. */
type Holdings = readonly (readonly number[])[];

const holdings = (owners: number): fc.Arbitrary<Holdings> =>
  fc.array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.integer({ min: 0, max: 3 }).map((time) => Array(owners).fill(time)),
      },
      fc.array(fc.integer({ min: -1, max: 3 }), { minLength: owners, maxLength: owners }),
    ),
    { minLength: KEYS.length, maxLength: KEYS.length },
  );

function heldBy(holding: number, key: string): Buffer {
  return holding < 0 ? NOTHING : headOf(record(key, { version: version(holding) }));
}

/** What an owner says of a range, cut off behind so many rows. */
function pageOf(
  held: Holdings,
  owner: number,
  { from, to }: KeyRange,
  reverse: boolean,
  limit: number,
): HeardPage {
  const rows = KEYS.flatMap((name, index) => {
    const key = Buffer.from(name);
    const holding = held[index]?.[owner] ?? 0;
    const isAsked = key.compare(from) >= 0 && (to === undefined || key.compare(to) < 0);
    return holding === 0 || !isAsked ? [] : [{ key, held: heldBy(holding, name) }];
  }).sort((a, b) => inOrder(a.key, b.key, reverse));
  const page = rows.slice(0, limit);
  return { rows: page, next: page.length < rows.length ? page.at(-1)?.key : undefined, sets: [0] };
}

function expected(held: Holdings, reverse: boolean): [string, number | undefined][] {
  const rows = KEYS.flatMap((name, index): [string, number | undefined][] => {
    const [first = 0, ...others] = held[index] ?? [];
    if ([first, ...others].every((each) => each === 0)) return [];
    const isAgreed = first > 0 && others.every((each) => each === first);
    return [[name, isAgreed ? first : undefined]];
  });
  return reverse ? rows.reverse() : rows;
}

const shown = ({ key, held }: MergedRow): [string, number | undefined] => [
  key.toString(),
  held && recordVersion(held).time,
];

test('any holdings, cut off anywhere -> as by the book, page by page', () => {
  const cases = fc.integer({ min: 1, max: 4 }).chain((owners) =>
    fc.record({
      held: holdings(owners),
      reverse: fc.boolean(),
      limits: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: owners, maxLength: owners }),
    }),
  );
  const property = fc.property(cases, ({ held, reverse, limits }) => {
    const rows: MergedRow[] = [];
    let range: KeyRange = { from: NOTHING, to: undefined };
    while (!isEmptyRange(range)) {
      const pages = limits.map((limit, owner) => pageOf(held, owner, range, reverse, limit));
      const merged = mergePages(pages, { ...RULES, reverse });
      rows.push(...merged.rows);
      if (!merged.next) break;
      const rest = restOf(range, merged.next, reverse);
      assert.not.equal(rest, range, 'every page goes on');
      range = rest;
    }
    assert.equal(rows.map(shown), expected(held, reverse));
  });
  fc.assert(property, { numRuns: 500 });
});

test('a key of another set of owners -> settled by those alone', () => {
  const held = (key: string, time: number) => ({ key: Buffer.from(key), held: heldBy(time, key) });
  const pages: HeardPage[] = [
    { rows: [held('a', 1), held('b', 1)], next: undefined, sets: [0, 1] },
    { rows: [held('b', 1)], next: undefined, sets: [1] },
  ];
  const setOf = (key: Buffer) => (key.toString() === 'a' ? 0 : 1);
  const { rows } = mergePages(pages, { ...RULES, setOf });
  assert.equal(rows.map(shown), [
    ['a', 1],
    ['b', 1],
  ]);
  const { rows: others } = mergePages(pages, { ...RULES, setOf: () => 1 });
  assert.equal(others.map(shown), [
    ['a', undefined],
    ['b', 1],
  ]);
});

test('a version that is not believed -> unsettled', () => {
  const page = pageOf([[1], [2]], 0, { from: NOTHING, to: undefined }, false, 9);
  const { rows } = mergePages([page], { ...RULES, isBelieved: ({ time }) => time < 2 });
  assert.equal(rows.map(shown), [
    ['a', 1],
    ['aa', undefined],
  ]);
});

test('values wanted -> a whole record, which is intact, or a tombstone', () => {
  const key = Buffer.from('a');
  const whole = record('a');
  const withValues = { ...RULES, withValues: true };
  const heldOf = (...shown: Buffer[]) => {
    const pages = shown.map((held) => ({ rows: [{ key, held }], next: undefined, sets: [0] }));
    return mergePages(pages, withValues).rows[0]?.held;
  };
  assert.equal(heldOf(headOf(whole), whole), whole);
  assert.is(heldOf(headOf(whole), headOf(whole)), undefined);
  assert.is(heldOf(damaged(whole), headOf(whole)), undefined);
  const deleted = record('a', { tombstone: true, value: NOTHING });
  assert.equal(heldOf(headOf(deleted)), headOf(deleted));
});

test.run();
