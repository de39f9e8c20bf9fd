/** Actors, their steps and what they keep in mind, in words. */
import * as assert from 'uvu/assert';
import type { ChartEdge } from '../../../../src/charts/graph.js';
import { partsOf, readable } from '../../../../src/console/model/actors/short-text.js';
import type { ActorFrame, Chapter } from '../../../../src/console/model/actors/story.js';
import { innermost, treeRows } from '../../../../src/console/model/actors/tree.js';
import {
  chapterText,
  eventText,
  fieldTexts,
  lastSeen,
  moveText,
  refusalText,
} from '../../../../src/console/model/actors/words.js';
import { shortText } from '../../../../src/node/observation/short-text.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('console: words of actors');

test('a tree: each before its children, named within its parent, however deep', () => {
  const of = (parent: string) => {
    return { parent, machine: 'm', active: ['m'], context: {}, fired: [], since: 0 };
  };
  const rows = treeRows({
    actors: {
      ring: of('node'),
      'stabilizer/transfer': of('stabilizer'),
      node: of(''),
      stabilizer: of('node'),
      hints: of('node'),
    },
  });
  assert.equal(
    rows.map(({ name, depth }) => `${'-'.repeat(depth)}${name}`),
    ['node', '-hints', '-ring', '-stabilizer', '--transfer'],
  );
});

test('where it is: the innermost states', () => {
  assert.equal(innermost(['m', 'm.a', 'm.a.b', 'm.ab']), ['a.b', 'ab']);
  assert.equal(innermost([]), []);
});

for (const [event, expected] of [
  ['message.received', 'message.received'],
  ['xstate.after.soon.m.a.b', 'after soon'],
  ['xstate.after.500.m.a', 'after 500'],
  ['xstate.done.state.m.a', 'done: m.a'],
  ['xstate.done.actor.transfer', 'done: transfer'],
  ['xstate.error.actor.transfer', 'failed: transfer'],
]) {
  test(`${event} -> ${expected}`, () => {
    assert.is(eventText(event!), expected);
  });
}

test('a step: from where to where, or nothing if it stays', () => {
  assert.is(moveText({ from: ['m', 'm.a'], to: ['m', 'm.b', 'm.b.c'] }), 'a → b.c');
  assert.is(moveText({ from: ['m', 'm.a'], to: ['m', 'm.a'] }), '');
});

test('chapters: the event; an edge that waits for none; the beginning and the end', () => {
  const step = { type: 'actor.transition', event: 'go', edges: ['m.a|go|0'] };
  for (const [frame, expected] of [
    [step, 'go'],
    [{ ...step, edges: ['m.b|always|0'] }, 'at once'],
    [{ type: 'actor.started' }, 'begins'],
    [{ type: 'actor.stopped', status: 'done' }, 'ends: done'],
  ] as const) {
    assert.is(chapterText(frame as unknown as ActorFrame), expected);
  }
});

test('a refusal: which condition, and what it would have led to', () => {
  const edge = { guard: 'isOpen', targets: ['m.a.b'] } as unknown as ChartEdge;
  assert.is(refusalText(edge, 'id'), 'isOpen, to b');
  assert.is(refusalText({ ...edge, targets: [] }, 'id'), 'isOpen');
  assert.is(refusalText(undefined, 'id'), 'id', 'of a chart that this page does not know');
});

test('a short text is taken apart as it was put together', () => {
  const value = { name: 'a, "b": {', list: [1, [2, 3]], inner: { x: 1 }, bytes: Buffer.alloc(3) };
  assert.equal(partsOf(shortText(value)), [
    { name: 'name', text: '"a, \\"b\\": {"' },
    { name: 'list', text: '[1, [2 items]]' },
    { name: 'inner', text: '{x: 1}' },
    { name: 'bytes', text: '<3 bytes>' },
  ]);
  assert.equal(partsOf(shortText([1, 'a, b', new Map()])), [
    { name: '', text: '1' },
    { name: '', text: '"a, b"' },
    { name: '', text: '<Map>' },
  ]);
});

test('ids of nodes are read as names, and numbers without their tail', () => {
  const nameOf = (id: string) => id.slice(-2);
  assert.is(
    readable('{from: "00000000000000ab", late: 1.23456}', nameOf),
    '{from: ab, late: 1.23}',
  );
  assert.is(readable('cbe2d68d89ef0ab4ff 12.5', nameOf), 'cbe2d68d89ef0ab4ff 12.5');
});

test('what an event carries: the type of a message first, and no clocks', () => {
  const fields = { at: '1', wallMs: '2', from: '"a"', message: '{type: "swim.ping", probe: 1}' };
  const message = `message: ${fields.message}`;
  assert.equal(fieldTexts({ fields }), ['swim.ping', 'from: "a"', message]);
  assert.equal(fieldTexts({ fields: {} }), []);
});

test('the last step that is seen in a chart: one that leads nowhere is not', () => {
  const edge = { targets: ['m.b'], actions: [] };
  const edges = new Map([
    ['a', edge],
    ['b', { targets: [], actions: [] }],
  ] as never);
  const story = ['b', 'a', 'a'].map((id, place) => {
    return { place, frame: { type: 'actor.transition', edges: [id] } };
  }) as unknown as Chapter[];
  assert.is(lastSeen(story, edges as never), story[1]?.frame);
  assert.is(lastSeen(story.slice(0, 1), edges as never), undefined);
});

for (const text of ['5', '"{a: 1}"', '<Detector>', '[]', '{}', '[1, 2, 3, …', '']) {
  test(`${text || 'nothing'} has no parts`, () => {
    assert.equal(partsOf(text), []);
  });
}

test.run();
