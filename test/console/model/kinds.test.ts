/** What events are about, and how many there were when. */
import * as assert from 'uvu/assert';
import { History } from '../../../src/console/model/history.js';
import { Density, KINDS, kindOf } from '../../../src/console/model/kinds.js';
import type { RecordedFrame } from '../../../src/events/recorded-frame.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('kinds');

let seq = 0;
const frame = (at: number, type: string) => ({ type, at, node: 'a', seq: ++seq }) as RecordedFrame;
const step = (at: number) => ({ ...frame(at, 'actor.transition'), actor: 'x' }) as RecordedFrame;

test('types -> their kind; of others it is the node', () => {
  const kinds = ['member.dead', 'ring.changed', 'hint.kept', 'violation', 'node.sampled'];
  assert.equal(
    kinds.map((type) => kindOf({ type } as RecordedFrame)),
    ['members', 'ring', 'data', 'faults', 'node'],
  );
});

test('frames that come later -> counted into the slices of before, each once', () => {
  const history = new History();
  const density = new Density(history, 10);
  const between = (from: number, to: number) =>
    density.between(from, to).map(({ at, counts }) => [at, counts[KINDS.indexOf('node')]]);
  history.append([frame(3, 'node.serving'), frame(9, 'beat'), frame(19, 'node.left')]);
  assert.equal(between(0, 100), [
    [0, 1],
    [10, 1],
  ]);
  history.append([frame(19, 'node.left'), frame(31, 'node.left')]);
  assert.equal(between(10, 35), [
    [10, 2],
    [30, 1],
  ]);
});

test('steps that were only counted -> count', () => {
  const history = new History();
  history.append([step(1), step(1), step(1), step(1)], 2);
  history.append([step(1)]);
  const [only] = new Density(history, 10).between(0, 10);
  assert.is(only!.counts[KINDS.indexOf('actors')], 5);
  assert.ok(history.leftOut > 0);
});

test.run();
