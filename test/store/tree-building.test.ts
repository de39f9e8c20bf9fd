/** Trees are built one at a time, and let others in between. */
import * as assert from 'uvu/assert';
import { NO_VERSION } from '../../src/core/data/version.js';
import { emptyTree } from '../../src/core/tree/hash-tree.js';
import { TreeBuilding } from '../../src/store/tree-building.js';
import { ManualClock } from '../peers/manual-clock.js';
import { suite } from '../support/runner/suite.js';

const test = suite('tree building');

const TREE = { leaves: emptyTree(), reaped: NO_VERSION };

type Ask = ConstructorParameters<typeof TreeBuilding>[0];

/** A thread that answers in the order of asking, when it is told to. */
function thread(pages: { readonly [partition: number]: number }) {
  const left = { ...pages };
  const waiting: (() => void)[] = [];
  const asked: string[] = [];
  const clock = new ManualClock();
  const ask: Ask = ({ partition, anew, rows }, done) => {
    if (anew) left[partition] = pages[partition]!;
    waiting.push(() => {
      asked.push(`${anew ? 'anew ' : ''}${partition}${rows > 0 ? ' on' : ''}`);
      if (rows > 0) left[partition]!--;
      done(left[partition]! > 0 ? undefined : TREE);
    });
  };
  return {
    trees: new TreeBuilding(ask, clock),
    /** Answers all that was asked up to now, as one batch; time has passed before. */
    answer(): string[] {
      clock.advance(5);
      for (const each of waiting.splice(0)) each();
      return asked.splice(0);
    },
  };
}

test('trees that are whole -> asked for once, together', () => {
  const { trees, answer } = thread({ 1: 0, 2: 0 });
  const read: number[] = [];
  for (const partition of [1, 2]) trees.read(partition, () => read.push(partition));
  assert.equal(answer(), ['1', '2']);
  assert.equal(read, [1, 2]);
  assert.equal(answer(), []);
});

test('trees that are not -> a page at a time, one of them at a time, each to its end', () => {
  const { trees, answer } = thread({ 1: 2, 2: 0, 3: 1 });
  const read: [number, boolean][] = [];
  for (const partition of [1, 2, 3]) {
    trees.read(partition, (leaves, reaped) => {
      read.push([partition, leaves === TREE.leaves && reaped === NO_VERSION]);
    });
  }
  assert.equal(answer(), ['1', '2', '3']);
  assert.equal(read, [[2, true]]);
  const batches = [answer(), answer(), answer(), answer()];
  assert.equal(batches, [['1 on'], ['1 on'], ['3 on'], []]);
  assert.equal(read.slice(1), [
    [1, true],
    [3, true],
  ]);
});

test('anew, by one of two who ask -> begun anew once, and both have it', () => {
  const { trees, answer } = thread({ 1: 2 });
  let read = 0;
  trees.read(1, () => read++);
  answer();
  answer();
  trees.read(1, () => read++, 'anew');
  const rest = Array.from({ length: 4 }, answer).flat();
  assert.equal(
    rest.filter((each) => each !== '1 on'),
    ['anew 1'],
  );
  assert.is(read, 2);
});

test.run();
