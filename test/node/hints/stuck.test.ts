/** Hints that a target cannot take hold up no others. */
import * as assert from 'uvu/assert';
import { suite } from '../../support/runner/suite.js';
import { B, end, inPartition, start } from './hinting.js';

const test = suite('stuck hints');
test.after.each(end);

test('the target cannot take one -> those behind come all the same, then it again', async () => {
  const { world, b, missed, drained, failed, held, hints } = start();
  const records = inPartition(0, 450);
  const stuck = records[7]!;
  let isInTheWay = true;
  world.intercept = (_, message) => {
    if (message.type !== 'hints.deliver' || !isInTheWay) return undefined;
    if (!message.records.some((each) => each.equals(stuck))) return undefined;
    return { type: 'hints.taken', call: 1, outcome: 'clockAhead', epoch: 5, pauseMs: 0 };
  };
  await missed(B, ...records);
  await failed(B);
  assert.is(hints.status()[0]!.waitingBecause, 'clockAhead');
  assert.is((await held(B)).length, 200, 'of one batch');
  assert.is(Object.keys(b.rows()).length, 250);
  isInTheWay = false;
  await drained();
  assert.is(Object.keys(b.rows()).length, 450);
});

test.run();
