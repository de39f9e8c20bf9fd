/** The fewest moves, where they can be counted by hand; of all others `plan.test.ts` tries all. */
import * as assert from 'uvu/assert';
import { fewestMoves } from '../../../src/core/ring/move-bound.js';
import type { Member } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';
import { member } from './small-ring.js';

const test = suite('move bound');

const [a, b, c] = [member(1), member(2), member(3)] as const;
const heavy = (one: Member): Member => ({ ...one, weight: 3 });

const CASES: readonly [
  string,
  readonly Member[],
  readonly number[][],
  readonly Member[],
  number,
  number,
][] = [
  ['nothing changes', [a, b], [[0], [1], [0], [1]], [a, b], 1, 0],
  ['one joins and lacks its half', [a], [[0], [0], [0], [0]], [a, b], 1, 2],
  ['one leaves with what it had', [a, b], [[0], [1], [0], [1]], [a], 1, 2],
  ['one is replaced', [a, b], [[0], [1], [0], [1]], [a, c], 1, 2],
  ['all are replaced', [a, b], [[0], [1], [0], [1]], [c], 1, 4],
  ['another copy of each', [a, b], [[0], [1], [0], [1]], [a, b], 2, 4],
  [
    'a copy less of each',
    [a, b],
    [
      [0, 1],
      [1, 0],
    ],
    [a, b],
    1,
    0,
  ],
  [
    'of three copies the dead had one',
    [a, b, c],
    [
      [0, 1, 2],
      [1, 2, 0],
    ],
    [a, b],
    3,
    0,
  ],
  ['a share grows with its weight', [a, b], [[0], [1], [0], [1]], [heavy(a), b], 1, 1],
  ['who has too much gives it away', [a, b, c], [[0], [0], [0], [0], [1], [2]], [a, b, c], 1, 2],
  [
    'who has one of each has too many',
    [a, b, c],
    [
      [0, 1],
      [0, 2],
      [0, 1],
      [0, 2],
    ],
    [a, b, c],
    2,
    1,
  ],
  ['a partition that nobody keeps, beside one that two do', [a, b, c], [[0, 1], [2]], [a, b], 1, 1],
];

for (const [name, members, layout, wanted, replicas, moves] of CASES) {
  test(`${name} -> ${moves}`, () => {
    assert.is(fewestMoves({ members, layout }, wanted, replicas), moves);
  });
}

test.run();
