/** The past of a page: the fold at every place, what is forgotten and what is thinned out. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { History } from '../../../src/console/model/history.js';
import type { RecordedFrame } from '../../../src/events/recorded-frame.js';
import { NOBODY, reduce } from '../../../src/events/reduce.js';
import type { View } from '../../../src/events/view.js';
import { suite } from '../../support/runner/suite.js';
import { A, B, histories, numbered, snapshot, step } from './frames.js';

const test = suite('history');

/** Views after each frame, folded from scratch. */
function foldedViews(frames: readonly RecordedFrame[]): View[] {
  let view = NOBODY;
  return frames.map((frame) => {
    view = reduce(view, frame);
    return view;
  });
}

function states(count: number, node = A): readonly RecordedFrame[] {
  const all = Array.from({ length: count }, (_, state) => ({
    node,
    fields: { type: 'node.changed', state: `${state}` },
  }));
  return numbered(all);
}

test('every place, looked at in any order -> the fold from scratch up to there', () => {
  const looks = fc.array(fc.nat(149), { maxLength: 30 });
  fc.assert(
    fc.property(histories, looks, fc.integer({ min: 1, max: 40 }), (frames, places, batch) => {
      const history = new History();
      for (let from = 0; from < frames.length; from += batch) {
        history.append(frames.slice(from, from + batch));
      }
      const views = foldedViews(frames);
      assert.equal(history.viewAfter(-1), NOBODY);
      for (const place of places.filter((each) => each < frames.length)) {
        assert.equal(history.viewAfter(place), views[place]);
        assert.is(history.frame(place), frames[place]);
      }
      assert.equal(history.viewAfter(frames.length + 5), views.at(-1) ?? NOBODY);
    }),
    { numRuns: 60 },
  );
});

test('more than is kept -> the oldest are gone, and places and views stay', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 8, max: 60 }), (frames, most) => {
      const history = new History(most);
      for (let from = 0; from < frames.length; from += 5) {
        history.append(frames.slice(from, from + 5));
        assert.ok(history.end - history.first <= most, 'more than are kept');
      }
      assert.is(history.end, frames.length);
      const views = foldedViews(frames);
      assert.equal(history.viewAfter(history.first - 1), views[history.first - 1] ?? NOBODY);
      for (let place = history.first; place < history.end; place++) {
        assert.equal(history.viewAfter(place), views[place]);
      }
      assert.is(history.frame(history.first - 1), undefined);
    }),
    { numRuns: 60 },
  );
});

test('much more than is kept at once -> no more than that is left', () => {
  const history = new History(80);
  history.append(states(1000));
  assert.equal([history.first, history.end], [930, 1000]);
  assert.is(history.viewAfter(-1).nodes[A]?.state, '929');
});

test('what was told before -> passed over; a node counts for itself', () => {
  const history = new History();
  const frames = states(5);
  history.append(frames.slice(0, 3));
  history.append(frames.slice(1));
  history.append(states(2, B));
  assert.is(history.end, 7);
  assert.equal([history.lastSeq(A), history.lastSeq(B), history.lastSeq('c')], [5, 2, undefined]);
});

test('a snapshot -> taken if nothing newer is known; a beat has no number of its own', () => {
  const history = new History();
  history.append(states(3));
  history.append([snapshot(A, 'old:1', 2)]);
  assert.is(history.end, 3);
  history.append([snapshot(A, 'new:1', 3)]);
  assert.equal([history.end, history.view.nodes[A]?.address], [4, 'new:1']);
  history.append([{ type: 'beat', seq: 1, at: 2000, node: A }]);
  assert.is(history.end, 5);
});

test('too many at once -> steps of actors are only counted, and folded all the same', () => {
  const started = { type: 'actor.started', actor: 'ring', machine: 'ring', parent: '' };
  const steps = Array.from({ length: 1000 }, (_, state) => ({
    node: A,
    fields: step('ring', state),
  }));
  const frames = numbered([
    { node: A, fields: { ...started, states: ['a'], context: {} } },
    ...steps,
    { node: A, fields: { type: 'node.changed', state: 'serving' } },
  ]);
  const history = new History();
  history.append(frames, 202);
  assert.is(history.end, 194);
  assert.is(history.leftOut, 808);
  const kept = Array.from({ length: history.end }, (_, place) => history.frame(place)!);
  assert.is(kept.at(-1)!.type, 'node.changed');
  const counts = kept.map((_, place) => history.leftOutBefore(place));
  assert.is(
    counts.reduce((sum, count) => sum + count),
    808,
  );
  assert.ok(Math.max(...counts) < 100, 'not thinned out evenly');
  assert.ok(counts.filter((count) => count > 0).length < 14, 'a view is kept behind each gap');
  const views = foldedViews(frames);
  for (const [place, frame] of kept.entries()) {
    assert.equal(history.viewAfter(place), views[frames.indexOf(frame)], `place ${place}`);
  }
});

test('the last ones are left out -> the present is the fold of all, the last place is not', () => {
  const started = { type: 'actor.started', actor: 'ring', machine: 'ring', parent: '' };
  const steps = Array.from({ length: 9 }, (_, state) => ({ node: A, fields: step('ring', state) }));
  const first = { node: A, fields: { ...started, states: ['a'], context: {} } };
  const frames = numbered([first, ...steps]);
  const history = new History();
  history.append(frames, 2);
  const views = foldedViews(frames);
  assert.equal(history.view, views.at(-1));
  const last = history.frame(history.end - 1)!;
  assert.equal(history.viewAfter(history.end - 1), views[frames.indexOf(last)]);
});

test('placeAt -> the last one told by then; clocks that step back do not confuse it', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 900, max: 2500 }), (frames, time) => {
      const history = new History();
      history.append(frames);
      const places = frames.map((_, place) => place);
      for (const place of places.slice(1)) {
        assert.ok(history.at(place) >= history.at(place - 1), 'time runs backwards');
      }
      const by = places.filter((place) => history.at(place) <= time);
      assert.is(history.placeAt(time), Math.max(0, by.length - 1));
    }),
  );
});

test('find -> the nearest one in that direction, without the one it begins at', () => {
  const history = new History();
  history.append(states(10));
  const isEven = (frame: RecordedFrame) => 'state' in frame && Number(frame.state) % 2 === 0;
  assert.is(history.find(4, 1, isEven), 6);
  assert.is(history.find(4, -1, isEven), 2);
  assert.is(history.find(8, 1, isEven), undefined);
  assert.is(history.find(0, -1, isEven), undefined);
});

test.run();
