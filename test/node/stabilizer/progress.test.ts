/** What the members told of their pulls, and of this ring only. */

import * as assert from 'uvu/assert';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Progress } from '../../../src/node/stabilizer/progress.js';
import { suite } from '../../support/runner/suite.js';
import { member } from './owners.js';

const test = suite('progress');

const [A, B, C] = ['a', 'b', 'c'].map((digit) => digit.repeat(16)) as [string, string, string];
/** B gains one partition of two, C both. */
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 4,
  ...foundingReplication({ replicas: 1 }),
  members: [A, B].map(member),
  layout: [[0], [1]],
  transition: {
    members: [A, B, C].map(member),
    layout: [
      [1, 2],
      [1, 2],
    ],
  },
};
const pulling = (epoch: number, done: number) =>
  ({ type: 'ring.pulling', epoch, done, total: 2, bytes: done * 100 }) as const;

test('who has not told anything -> has done nothing of what it gains', () => {
  assert.equal(new Progress().snapshot(RING), [
    { id: B, done: 0, total: 1, bytes: 0 },
    { id: C, done: 0, total: 2, bytes: 0 },
  ]);
});

test('the last word of each counts, for this ring and no other', () => {
  const progress = new Progress();
  progress.note(C, pulling(3, 2));
  progress.note(C, pulling(4, 0));
  progress.note(C, pulling(4, 1));
  progress.note(C, pulling(3, 2));
  // Gains nothing, says something.
  progress.note(A, pulling(4, 1));
  assert.equal(progress.snapshot(RING)[1], { id: C, done: 1, total: 2, bytes: 100 });
  assert.is(progress.snapshot(RING).length, 2);
  assert.is(progress.snapshot({ ...RING, epoch: 5 })[1]!.done, 0);
});

test('no transition -> nobody', () => {
  const { transition: _, ...stable } = RING;
  assert.equal(new Progress().snapshot(stable), []);
});

test.run();
