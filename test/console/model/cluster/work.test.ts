/** What is under way at a moment, from what was told before it. */
import * as assert from 'uvu/assert';
import {
  changeAt,
  hintsAt,
  repairsBefore,
  transfersAt,
  WORK_TYPES,
} from '../../../../src/console/model/cluster/work.js';
import { History } from '../../../../src/console/model/history.js';
import { Picked } from '../../../../src/console/model/picked.js';
import type { RecordedFrame } from '../../../../src/events/recorded-frame.js';
import { NOTHING_KNOWN, type View } from '../../../../src/events/view.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('work under way');

let seq = 0;
const frame = (at: number, type: string, fields: object, node = 'a') =>
  ({ seq: ++seq, at, node, type, ...fields }) as RecordedFrame;
const progress = (at: number, done: number, records: number, epoch = 5) =>
  frame(at, 'transfer.progress', { epoch, done, total: 100, records, bytes: records * 10 });

function after(...frames: RecordedFrame[]) {
  const history = new History();
  history.append(frames);
  const told = new Picked(history, WORK_TYPES);
  const place = history.end - 1;
  return { history, told, where: { place, at: history.at(place) } };
}

test('a transfer under way -> its speed, and the time left, of the last seconds', () => {
  const { history, told, where } = after(
    frame(0, 'transfer.began', { epoch: 5, total: 100 }),
    progress(30_000, 10, 1000),
    progress(40_000, 30, 3000),
  );
  const [row] = transfersAt(history.view, where, told);
  assert.equal([row!.recordsPerSecond, row!.leftMs], [200, 35_000]);
  // At an earlier moment it is what could be known then.
  const [before] = transfersAt(history.viewAfter(1), { place: 1, at: 30_000 }, told);
  assert.equal([before!.done, before!.leftMs], [10, 270_000]);
});

test('nothing has come yet -> nobody can tell how long', () => {
  const { history, told, where } = after(frame(0, 'transfer.began', { epoch: 5, total: 100 }));
  const [row] = transfersAt(history.view, { ...where, at: 4000 }, told);
  assert.equal([row!.recordsPerSecond, row!.leftMs], [0, undefined]);
});

test('a transfer of an earlier change -> counts for nothing', () => {
  const { history, told, where } = after(
    progress(0, 90, 9000, 3),
    frame(1000, 'transfer.began', { epoch: 5, total: 100 }),
    progress(2000, 1, 10),
  );
  assert.equal(transfersAt(history.view, where, told)[0]!.recordsPerSecond, 10);
});

test('repairs lately -> summed up for each node; older ones are not', () => {
  const repair = (at: number, records: number, node: string) =>
    frame(at, 'repair.done', { partition: 1, records, bytes: 10 }, node);
  const { told, where } = after(
    repair(0, 100, 'a'),
    repair(1_000_000, 1, 'b'),
    repair(1_000_500, 2, 'a'),
    repair(1_001_000, 3, 'b'),
  );
  assert.equal(repairsBefore(where, told), [
    { node: 'a', repairs: 1, records: 2, bytes: 10, lastAt: 1_000_500 },
    { node: 'b', repairs: 2, records: 4, bytes: 20, lastAt: 1_001_000 },
  ]);
});

test('hints -> by target, with those that keep them', () => {
  const keeping = { ...NOTHING_KNOWN, hints: ['c'] };
  const view: View = { nodes: { a: keeping, b: keeping, c: NOTHING_KNOWN } };
  assert.equal(hintsAt(view), [{ target: 'c', rows: 0, bytes: 0, keepers: ['a', 'b'] }]);
});

test('a change of the ring -> who comes, who goes, and who is not done', () => {
  const member = (id: string) => ({ id, address: `${id}:1`, weight: 1, zone: '' });
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(member);
  const stable = { clusterId: 'x', epoch: 6, replicas: 1, writeQuorum: 1, readQuorum: 1 };
  const before = { ...stable, members: [a!, b!, d!], layout: [[0]] };
  const ring = { ...before, transition: { members: [a!, c!, d!], layout: [[1]] } };
  const transfer = { epoch: 6, done: 0, total: 1, records: 0, bytes: 0 };
  const view = {
    nodes: {
      a: { ...NOTHING_KNOWN, ring },
      c: { ...NOTHING_KNOWN, ring, transfer },
      d: { ...NOTHING_KNOWN, ring: { ...before, epoch: 5 } },
    },
  };
  const expected = { epoch: 6, joining: ['c'], leaving: ['b'], waitsFor: ['c', 'd'] };
  assert.equal(changeAt(view, ring), expected);
  assert.is(changeAt(view, before), undefined);
});

test.run();
