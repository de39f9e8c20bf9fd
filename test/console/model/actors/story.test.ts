/** What an actor went through, and what it waits for. */
import * as assert from 'uvu/assert';
import type { ChartEdge } from '../../../../src/charts/graph.js';
import {
  type Chapter,
  enteredAt,
  isOf,
  storyOf,
  waitsOf,
} from '../../../../src/console/model/actors/story.js';
import { History } from '../../../../src/console/model/history.js';
import type { RecordedFrame } from '../../../../src/events/recorded-frame.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('console: stories of actors');
const A = 'a'.repeat(16);
const B = 'b'.repeat(16);
const TIMEOUT = 'xstate.after.soon.m.a';

function edge(fields: Partial<ChartEdge>): ChartEdge {
  const { source = 'm.a', event = 'go' } = fields;
  const id = `${source}|${event}|0`;
  return { id, source, targets: [], event, kind: 'on', actions: [], reenter: false, ...fields };
}

function mapOf(...edges: ChartEdge[]): Map<string, ChartEdge> {
  return new Map(edges.map((each) => [each.id, each]));
}

const GO = edge({ targets: ['m.b'] });
const BACK = edge({ source: 'm.b', event: 'back', targets: ['m.a'] });
const AGAIN = edge({ event: 'again', targets: ['m.a'], reenter: true });
const AFTER = edge({
  ...{ event: TIMEOUT, kind: 'after', targets: ['m.b'], delay: { name: 'soon', ms: 500 } },
});
const EDGES = mapOf(GO, BACK, AGAIN, AFTER);

/** Frames of one actor, a tenth of a second apart. */
function told(frames: readonly object[], history = new History()): History {
  const head = { node: A, actor: 'm', machine: 'm', refused: [], changed: {}, fields: {} };
  const from = history.end + 1;
  const full = frames.map((frame, index) => {
    return { ...head, seq: from + index, at: (from + index) * 100, ...frame };
  });
  history.append(full as unknown as RecordedFrame[]);
  return history;
}

const started = { type: 'actor.started', states: ['m', 'm.a'], parent: '', context: {} };

function step({ id, source, targets, event }: ChartEdge): object {
  const from = ['m', source];
  const to = targets.length === 0 ? from : ['m', ...targets];
  return { type: 'actor.transition', event, from, to, edges: [id] };
}

function storyIn(history: History, most = 100): Chapter[] {
  return storyOf(history, history.end - 1, { node: A, actor: 'm', most });
}

test('the last so many of one actor, newest first, and none after the place', () => {
  const other = { ...step(GO), actor: 'other' };
  const history = told([started, step(GO), other, { ...step(GO), node: B }, step(BACK), step(GO)]);
  assert.equal(
    storyIn(history).map(({ place }) => place),
    [5, 4, 1, 0],
  );
  assert.equal(
    storyOf(history, 4, { node: A, actor: 'm', most: 2 }).map(({ place }) => place),
    [4, 1],
  );
  assert.is(storyIn(new History()).length, 0);
});

test('of one node, or of whichever; never what no actor did', () => {
  const history = told([step(GO), { ...step(GO), node: B }, { type: 'node.serving' }]);
  const frames = [0, 1, 2].map((place) => history.frame(place)!);
  assert.equal(
    frames.map((frame) => isOf(frame, A, 'm')),
    [true, false, false],
  );
  assert.equal(
    frames.map((frame) => isOf(frame, undefined, 'm')),
    [true, true, false],
  );
});

test('a state is entered by who comes from elsewhere, and again by who says so', () => {
  assert.is(enteredAt(storyIn(told([started])), 'm.a', EDGES), 100, 'with the actor');
  const history = told([started, step(GO), step(BACK)]);
  assert.is(enteredAt(storyIn(history), 'm.a', EDGES), 300);
  told([step(edge({ event: 'note' }))], history);
  assert.is(enteredAt(storyIn(history), 'm.a', EDGES), 300, 'a step within it changes nothing');
  told([step(AGAIN)], history);
  assert.is(enteredAt(storyIn(history), 'm.a', EDGES), 500, 'one that leaves it and comes back');
  assert.is(enteredAt(storyIn(history, 1), 'm.b', EDGES), undefined, 'not in what is known');
});

test('a delay under way: since when, and as long as the chart says', () => {
  const story = storyIn(told([started, step(GO), step(BACK)]));
  const wait = { state: 'm.a', name: 'soon', ms: 500, since: 300 };
  assert.equal(waitsOf(story, ['m', 'm.a'], EDGES), [wait]);
  assert.equal(waitsOf(story, ['m', 'm.b'], EDGES), [], 'nothing of states it is not in');
  assert.equal(waitsOf([], ['m', 'm.a'], EDGES), [], 'nobody knows since when');
});

test('a host has other delays than the chart -> as long as it took last', () => {
  const story = storyIn(told([started, step(AFTER), step(BACK)]));
  assert.is(waitsOf(story, ['m', 'm.a'], EDGES)[0]?.ms, 100);
  const unsaid = mapOf(edge({ ...AFTER, delay: { name: 'soon' } }));
  assert.is(waitsOf(story, ['m', 'm.a'], unsaid)[0]?.ms, 100);
  assert.equal(waitsOf(story.slice(0, 1), ['m', 'm.a'], unsaid), [], 'nobody knows how long');
});

test.run();
