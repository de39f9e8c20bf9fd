/** The rows of a list: what a filter lets through, while the history grows and forgets. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { History } from '../../../../src/console/model/history.js';
import { Rows } from '../../../../src/console/model/time/rows.js';
import { suite } from '../../../support/runner/suite.js';
import { A, histories, numbered, step } from '../frames.js';

const test = suite('rows');

test('grown and forgotten in any way -> the places that fit, as if looked at now', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 8, max: 200 }), (frames, most) => {
      const history = new History(most);
      const isShown = ({ type }: { type: string }) => type.startsWith('member.');
      const rows = new Rows(history, isShown, true);
      const before: number[] = [];
      for (let from = 0; from < frames.length; from += 7) {
        history.append(frames.slice(from, from + 7), 5);
        if (from % 3 !== 0) continue;
        rows.follow();
        before.push(rows.length);
      }
      rows.follow();
      const fresh = new Rows(history, isShown, true);
      const all = (of: Rows) => Array.from({ length: of.length }, (_, index) => of.at(index));
      assert.equal(all(rows), all(fresh));
      for (const { place, isCount } of all(rows)) {
        if (isCount) assert.ok(history.leftOutBefore(place) > 0);
        else assert.ok(isShown(history.frame(place)!));
      }
    }),
    { numRuns: 60 },
  );
});

test('indexAt and next -> the row at a place or before it, and the next one with a frame', () => {
  const steps = Array.from({ length: 9 }, (_, state) => ({ node: A, fields: step('ring', state) }));
  const members = ['member.alive', 'member.dead'].map((type) => ({ node: A, fields: { type } }));
  const history = new History();
  history.append(numbered([members[0]!, ...steps, members[1]!]), 4);
  const rows = new Rows(history, ({ type }) => type.startsWith('member.'), true);
  const last = history.end - 1;
  assert.is(history.leftOut > 0, true);
  assert.is(rows.at(0).place, 0);
  assert.is(rows.at(rows.length - 1).place, last);
  assert.is(rows.indexAt(-1), -1);
  assert.is(rows.indexAt(0), 0);
  assert.is(rows.indexAt(last + 9), rows.length - 1);
  assert.equal([rows.next(0, 1), rows.next(last, -1), rows.next(1, -1)], [last, 0, 0]);
  assert.equal([rows.next(last, 1), rows.next(0, -1)], [undefined, undefined]);
  assert.is(rows.gone, 0);
});

test('what is forgotten -> is gone from the rows, and counted', () => {
  const history = new History(16);
  const told = (from: number) =>
    numbered(
      Array.from({ length: from + 10 }, (_, state) => ({
        node: A,
        fields: { type: 'node.changed', state: `${state}` },
      })),
    ).slice(from);
  history.append(told(0));
  const rows = new Rows(history, () => true, false);
  history.append(told(10));
  rows.follow();
  assert.equal([rows.length, rows.gone, rows.at(0).place], [14, 6, 6]);
});

test.run();
