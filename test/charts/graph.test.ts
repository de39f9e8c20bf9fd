/** A machine as a graph: what of it can be read without running it. */
import * as assert from 'uvu/assert';
import { assign, cancel, createMachine, raise, sendTo, setup } from 'xstate';
import { edgeId } from '../../src/charts/edge-id.js';
import { graphOf } from '../../src/charts/graph.js';
import { suite } from '../support/runner/suite.js';

const test = suite('graph');

const machine = setup({
  actors: { helper: createMachine({}) },
  guards: { isOpen: () => true },
  actions: { note: assign({}), tell: () => undefined },
  delays: { soon: 500, sometime: () => 1 },
}).createMachine({
  id: 'm',
  initial: 'a',
  entry: [raise({ type: 'x' }, { delay: 'soon', id: 'later' }), 'tell'],
  exit: cancel('later'),
  states: {
    a: {
      invoke: { src: 'helper', id: 'h', systemId: 'known' },
      on: {
        go: [{ guard: 'isOpen', target: 'b', actions: ['note', 'tell'] }, { target: 'a' }, {}],
        x: { actions: [sendTo('h', { type: 'y' }), () => undefined] },
      },
      after: { soon: 'b', sometime: 'a', 20: { guard: () => true, target: 'b' } },
    },
    b: { initial: 'c', onDone: 'a', states: { c: { always: 'd' }, d: { type: 'final' } } },
  },
});
const { nodes, edges } = graphOf(machine);
const nodeOf = (id: string) => nodes.find((node) => node.id === id)!;
const edgesOf = (kind: string) => edges.filter((edge) => edge.kind === kind);

test('nodes: each before those in it, with what is entered first', () => {
  assert.equal(
    nodes.map(({ id, parent, type, initial }) => [id, parent, type, initial]),
    [
      ['m', undefined, 'compound', 'm.a'],
      ['m.a', 'm', 'atomic', undefined],
      ['m.b', 'm', 'compound', 'm.b.c'],
      ['m.b.c', 'm.b', 'atomic', undefined],
      ['m.b.d', 'm.b', 'final', undefined],
    ],
  );
});

test('nodes: actions by their names, or what they are; delays are not among them', () => {
  assert.equal(nodeOf('m').entry, ['raise(x) in soon (500 ms)', 'tell']);
  assert.equal(nodeOf('m').exit, ['cancel(later)']);
  assert.equal(nodeOf('m.a').entry, []);
  assert.equal(nodeOf('m.a').invokes, [{ id: 'known', src: 'helper' }]);
});

test('edges: an event, in the order in which its guards are asked', () => {
  const [open, again, ignored, x] = edgesOf('on');
  assert.equal(open, {
    ...{ id: 'm.a|go|0', source: 'm.a', targets: ['m.b'], event: 'go', kind: 'on' },
    ...{ guard: 'isOpen', actions: ['note', 'tell'], reenter: false },
  });
  assert.is(again?.guard, undefined);
  assert.equal([ignored?.id, ignored?.targets, ignored?.actions], ['m.a|go|2', [], []]);
  assert.equal(x?.actions, ['sendTo(h, y)', 'inline']);
});

test('edges: delays in milliseconds where the machine says how many', () => {
  assert.equal(
    edgesOf('after').map(({ delay, guard }) => ({ ...delay, guard })),
    [
      { ms: 20, guard: 'guard' },
      { name: 'soon', ms: 500, guard: undefined },
      { name: 'sometime', guard: undefined },
    ],
  );
});

test('edges: without an event, and when all within is done', () => {
  assert.equal(
    edgesOf('always').map(({ id }) => id),
    ['m.b.c|always|0'],
  );
  assert.equal(
    edgesOf('done').map(({ id }) => id),
    ['m.b|xstate.done.state.m.b|0'],
  );
});

test('a machine that is provided with effects -> other transitions, the same ids', () => {
  const provided = machine.provide({ actions: { tell: () => undefined } });
  assert.equal(graphOf(provided), graphOf(machine));
  const [transition] = machine.root.states.a?.transitions.get('go') ?? [];
  assert.is(edgeId(transition!), 'm.a|go|0');
  assert.throws(() => edgeId({ ...transition! }), /among those/);
});

test.run();
