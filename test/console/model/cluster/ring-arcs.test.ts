/** The picture of a ring: arcs, who comes, and what is short of quorum. */
import * as assert from 'uvu/assert';
import {
  partitionAt,
  partitionWords,
  ringPicture,
  shareFetched,
} from '../../../../src/console/model/cluster/ring-arcs.js';
import type { Reach } from '../../../../src/core/ring/availability.js';
import type { Ring } from '../../../../src/core/ring/ring.js';
import { NOTHING_KNOWN } from '../../../../src/events/view.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('ring arcs');

const member = (id: string) => ({ id, address: `${id}:1`, weight: 1, zone: '' });
const members = ['a', 'b', 'c', 'd'].map(member);
const ring: Ring = {
  ...{ clusterId: 'c', epoch: 3, members, replicas: 3, writeQuorum: 2, readQuorum: 2 },
  layout: [
    [0, 1, 2],
    [0, 1, 2],
    [0, 2, 3],
    [3, 1, 2],
  ],
};
const without = (...away: string[]): Reach => ({
  isReachable: (id) => !away.includes(id),
  hasRoom: () => true,
});
const on = (circle: number, picture = ringPicture(ring, without())) =>
  picture.arcs
    .filter((arc) => arc.circle === circle)
    .map(
      ({ from, to, owner, coming }) => `${from}-${to} ${owner ?? ''}${coming ? `<${coming}` : ''}`,
    );

test('neighbours with the same owner -> one arc, on a circle for each place', () => {
  assert.equal(on(0), ['0-3 a', '3-4 d']);
  assert.equal(on(1), ['0-2 b', '2-3 c', '3-4 b']);
  assert.equal(on(2), ['0-2 c', '2-3 d', '3-4 c']);
});

test('two owners away -> their arcs say so, and what lacks its quorum is counted', () => {
  const { arcs, short } = ringPicture(ring, without('a', 'b'));
  const away = new Set(arcs.filter(({ isAway }) => isAway).map(({ owner }) => owner));
  assert.equal([...away], ['a', 'b']);
  assert.equal(short, [{ from: 0, to: 2 }]);
});

test('a full disk -> short for writing', () => {
  const reach = { ...without('a'), hasRoom: (id: string) => id !== 'b' };
  assert.equal(ringPicture(ring, reach).short, [{ from: 0, to: 2 }]);
});

test('owners change -> who comes stands on the circle of who goes', () => {
  const layout = [[3, 0, 1], ...ring.layout.slice(1)];
  const changing = { ...ring, transition: { members, layout } };
  const picture = ringPicture(changing, without());
  assert.equal(on(0, picture), ['0-3 a', '3-4 d']);
  assert.equal(on(2, picture), ['0-1 c<d', '1-2 c', '2-3 d', '3-4 c']);
  const { owners, coming, lacksQuorum } = partitionWords(changing, 0, without('d'));
  assert.equal(
    owners.map(({ id }) => id),
    ['a', 'b', 'c'],
  );
  assert.equal(coming, [{ id: 'd', isAway: true }]);
  assert.is(lacksQuorum, false);
});

test('more copies than before -> they come on a circle that is empty', () => {
  const few = { ...ring, layout: [[0], [0]], transition: { members, layout: [[0, 1], [0]] } };
  const picture = ringPicture(few, without());
  assert.is(picture.circles, 3);
  assert.equal(on(1, picture), ['0-1 <b']);
  assert.equal(on(2, picture), []);
});

test('what is fetched -> its share, once the node is in that ring', () => {
  const transfer = { epoch: 3, done: 1, total: 4, records: 0, bytes: 0 };
  assert.is(shareFetched({ ...NOTHING_KNOWN, ring, transfer }, ring), 0.25);
  assert.is(shareFetched({ ...NOTHING_KNOWN, ring }, ring), 1);
  assert.is(shareFetched({ ...NOTHING_KNOWN, ring: { ...ring, epoch: 2 } }, ring), 0);
  assert.is(shareFetched(undefined, ring), 0);
});

test('a point -> the partition there, clockwise from the top; nothing beside the ring', () => {
  const size = { centre: 100, inner: 50, outer: 90 };
  assert.is(partitionAt({ x: 101, y: 30 }, size, 4), 0);
  assert.is(partitionAt({ x: 170, y: 101 }, size, 4), 1);
  assert.is(partitionAt({ x: 99, y: 30 }, size, 4), 3);
  assert.is(partitionAt({ x: 100, y: 100 }, size, 4), undefined);
  assert.is(partitionAt({ x: 199, y: 100 }, size, 4), undefined);
});

test.run();
