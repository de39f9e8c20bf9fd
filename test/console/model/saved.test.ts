/** What a page saves, it opens again: the same picture at every place. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { History } from '../../../src/console/model/history.js';
import { savedRecording } from '../../../src/console/model/saved.js';
import { parseRecording } from '../../../src/events/recording.js';
import { suite } from '../../support/runner/suite.js';
import { A, histories, numbered, step } from './frames.js';

const test = suite('saved recordings');
const HEAD = { madeAt: 5000, minutes: 1, away: [] };

function reopened(history: History): History {
  const { head, frames } = parseRecording(savedRecording(history, HEAD));
  assert.equal(head, HEAD);
  const again = new History();
  again.append(frames);
  return again;
}

test('saved and opened -> the same frames, and the same view after each', () => {
  fc.assert(
    fc.property(histories, fc.integer({ min: 8, max: 60 }), (frames, most) => {
      const history = new History(most);
      history.append(frames);
      const again = reopened(history);
      // It begins with how things stood before.
      const before = again.end - (history.end - history.first);
      for (let place = history.first; place < history.end; place++) {
        const same = place - history.first + before;
        assert.equal(again.frame(same), history.frame(place));
        assert.equal(again.viewAfter(same), history.viewAfter(place));
      }
      assert.equal(again.view, history.view);
    }),
    { numRuns: 60 },
  );
});

test('some were only counted -> the end is the same all the same', () => {
  const started = { type: 'actor.started', actor: 'ring', machine: 'ring', parent: '' };
  const frames = numbered([
    { node: A, fields: { ...started, states: ['a'], context: {} } },
    ...Array.from({ length: 50 }, (_, state) => ({ node: A, fields: step('ring', state) })),
    { node: A, fields: { type: 'node.changed', state: 'serving' } },
  ]);
  const history = new History();
  history.append(frames, 12);
  assert.ok(history.leftOut > 30);
  assert.equal(reopened(history).view, history.view);
});

test.run();
