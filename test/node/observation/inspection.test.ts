/** What is told of actors while somebody watches: each machine edge by edge, and a whole node. */
import * as assert from 'uvu/assert';
import { type AnyActorRef, type AnyStateMachine, createActor, createMachine } from 'xstate';
import { graphOf } from '../../../src/charts/graph.js';
import type { ActorFact, ActorTransition } from '../../../src/events/actor-facts.js';
import { Inspection } from '../../../src/node/observation/inspection.js';
import { MACHINES } from '../../actors/machines.js';
import { faultOf } from '../../support/facts.js';
import { suite } from '../../support/runner/suite.js';
import { diskIn, idOf, OneNode, ringOf } from '../one-node.js';

const test = suite('inspection');

/** What the machines' own expressions look at, apart from guards and actions. */
const CONTEXTS: { readonly [machine: string]: object } = {
  ring: { ring: {}, turn: 0 },
  transfer: { total: 0, queued: [], pulling: [] },
  'anti-entropy': { owned: [0], differences: [] },
  'garbage-collection': { leftovers: [0] },
  reaper: { owned: [0], entries: [] },
  hints: { targets: [], untried: [] },
};
const NOTHING = createMachine({});
const EVENT = {
  ring: {},
  target: 'a',
  differences: [],
  repaired: [],
  partitions: [],
  entries: [],
};
/** Of guards asked one after the other, this one says yes. */
const TURNS = [0, 1, 2];

function observe(root: AnyActorRef) {
  const facts: ActorFact[] = [];
  const errors: unknown[] = [];
  const inspection = new Inspection({
    root: () => root,
    tell: (fact) => facts.push(fact),
    log: (_level, _event, fields) => errors.push(fields?.reason),
  });
  return { inspection, facts, errors };
}

/** What is told of a machine that is in a state, does nothing, and is sent an event. */
function factsOf(machine: AnyStateMachine, state: string, event: string, turn: number) {
  let asked = 0;
  const { actions, actors, guards } = machine.implementations;
  const each = <T>(names: object, one: T) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, one]));
  const bare = machine.provide({
    actions: each(actions, () => undefined),
    actors: each(actors, NOTHING),
    guards: each(guards, () => asked++ === turn),
  });
  const [leaf = '', ...above] = [...machine.getStateNodeById(state).path].reverse();
  const value = above.reduce<object | string>((within, key) => ({ [key]: within }), leaf);
  const snapshot = bare.resolveState({ value, context: CONTEXTS[machine.id] ?? {} } as never);
  const children = { antiEntropy: { src: NOTHING } };
  const actor = createActor(bare, { snapshot: { ...snapshot, children } as never }).start();
  const { inspection, facts, errors } = observe(actor);
  const stop = inspection.watch();
  actor.send({ ...EVENT, type: event });
  stop();
  actor.stop();
  assert.equal(errors, []);
  const own = facts.filter((fact) => fact.machine === machine.id);
  return { steps: transitionsIn(own), facts, refusals: asked > turn ? asked - 1 : asked };
}

function transitionsIn(facts: readonly ActorFact[]): ActorTransition[] {
  return facts.filter((fact) => fact.type === 'actor.transition');
}

for (const machine of MACHINES) {
  const { id, nodes, edges } = graphOf(machine);
  const states = nodes.filter(({ type }) => type === 'atomic').map((node) => node.id);
  const events = new Set(edges.map(({ event }) => (event === '*' ? 'unheard.of' : event)));
  const runs = states.flatMap((state) =>
    [...events].flatMap((event) =>
      TURNS.map((turn) => ({ state, ...factsOf(machine, state, event, turn) })),
    ),
  );

  test(`${id}: every edge is told when it is taken, by the id that it has in the chart`, () => {
    const taken = new Set(runs.flatMap(({ steps }) => steps.flatMap((step) => step.edges)));
    assert.equal([...taken].sort(), edges.map((edge) => edge.id).sort());
  });

  test(`${id}: what is told is of this chart: its nodes, and edges that leave where it was`, () => {
    for (const { steps, facts } of runs) {
      for (const fact of facts) assert.is(faultOf(fact), undefined);
      for (const { from, to, edges: taken, refused } of steps) {
        for (const node of [...from, ...to]) assert.ok(nodes.some((each) => each.id === node));
        for (const edge of [...taken, ...refused]) {
          assert.ok(from.includes(edges.find((each) => each.id === edge)!.source), edge);
        }
      }
    }
  });

  test(`${id}: as many edges are refused as guards have said no`, () => {
    // XState asks those that wait for nothing after every step, and tells of none that said no.
    const isTold = (state: string) =>
      !edges.some(({ kind, source }) => kind === 'always' && state === source);
    for (const { state, steps, refusals } of runs) {
      const [step] = steps;
      if (!step || ![state, step.to.at(-1)!].every(isTold)) continue;
      assert.is(step.refused.length, refusals, `${state} ${step.event}`);
    }
  });
}

function startedNode() {
  const it = new OneNode({ disk: diskIn(ringOf(5, 'a', 'b', 'c')) }).pass(10);
  return { it, actorFacts: () => it.actorFacts };
}

test('who comes late -> learns who lives, as what each has told would have it', () => {
  const { it, actorFacts } = startedNode();
  const begin = it.actorFacts.length;
  const states = new Map(it.node.inspection.living().map(({ actor, states }) => [actor, states]));
  assert.equal([...states.keys()].slice(0, 4), ['node', 'membership', 'ring', 'coordinator']);
  it.connect('b', 'c').pass(3000);
  for (const fact of actorFacts().slice(begin)) {
    if (fact.type === 'actor.stopped') states.delete(fact.actor);
    else states.set(fact.actor, fact.type === 'actor.started' ? fact.states : fact.to);
  }
  const living = it.node.inspection.living();
  assert.equal(new Map(living.map(({ actor, states }) => [actor, states])), states);
  assert.ok(states.has('stabilizer/antiEntropy'));
  for (const { actor, parent } of living) assert.is(parent === '', actor === 'node');
});

test('a step tells the event, the edge, its effects and what has changed', () => {
  const { it, actorFacts } = startedNode();
  it.connect('b', 'c').pass(10_000);
  const serving = transitionsIn(actorFacts()).find(({ to }) => to.includes('node.serving'));
  assert.equal(serving?.edges, ['node.reaching|members.reached|0']);
  assert.equal(serving?.from, ['node', 'node.reaching']);
  const compared = transitionsIn(actorFacts()).find(({ actions }) => actions.includes('compare'));
  assert.is(compared?.actor, 'stabilizer/antiEntropy');
  assert.match(compared?.changed.partitions ?? '', /^\[\d+/);
});

test('a child begins, ends by itself, or is stopped with its parent -> told, each once', () => {
  const child = createMachine({
    initial: 'a',
    states: { a: { on: { end: 'b' } }, b: { type: 'final' } },
  });
  const parent = createMachine({
    id: 'parent',
    initial: 'off',
    states: {
      off: { on: { go: 'on' } },
      on: {
        invoke: [
          { src: child, id: 'one' },
          { src: child, id: 'two' },
        ],
        on: { back: 'off' },
      },
    },
  });
  const root = createActor(parent).start();
  const { inspection, facts } = observe(root);
  inspection.watch();
  root.send({ type: 'go' });
  const { one } = root.getSnapshot().children as { one: AnyActorRef };
  one.send({ type: 'end' });
  root.send({ type: 'back' });
  const lives = facts.flatMap((fact) => {
    if (fact.type === 'actor.started') return [`${fact.actor} of ${fact.parent}`];
    return fact.type === 'actor.stopped' ? [`${fact.actor} ${fact.status}`] : [];
  });
  assert.equal(lives, [
    'parent/one of parent',
    'parent/two of parent',
    'parent/one done',
    'parent/two stopped',
  ]);
});

test('an actor fails -> told', () => {
  const child = createMachine({
    on: {
      '*': {
        actions: () => {
          throw new Error('planted');
        },
      },
    },
  });
  const parent = createMachine({ id: 'parent', invoke: { src: child, id: 'one', onError: {} } });
  const root = createActor(parent).start();
  const { inspection, facts } = observe(root);
  inspection.watch();
  (root.getSnapshot().children as { one: AnyActorRef }).one.send({ type: 'x' });
  const ends = facts.filter(({ type }) => type === 'actor.stopped');
  assert.equal(ends, [
    { type: 'actor.stopped', actor: 'parent/one', machine: '(machine)', status: 'error' },
  ]);
});

test('several watch -> told until the last has gone, whatever the others do twice', () => {
  const root = createActor(createMachine({ id: 'm', on: { x: {} } })).start();
  const { inspection, facts } = observe(root);
  const stops = [inspection.watch(), inspection.watch()];
  stops[0]!();
  stops[0]!();
  root.send({ type: 'x' });
  assert.is(facts.length, 1);
  stops[1]!();
  root.send({ type: 'x' });
  assert.is(facts.length, 1);
});

test('telling fails -> the actor goes on, it is said once, and nothing more is told', () => {
  const root = createActor(createMachine({ id: 'm', on: { x: {} } })).start();
  const errors: unknown[] = [];
  let told = 0;
  const inspection = new Inspection({
    root: () => root,
    tell: () => {
      told += 1;
      throw new Error('planted');
    },
    log: (_level, event, fields) => errors.push(`${event}: ${fields?.reason}`),
  });
  const stop = inspection.watch();
  for (let i = 0; i < 3; i += 1) root.send({ type: 'x' });
  stop();
  assert.equal(errors, ['actors.unobserved: Error: planted']);
  assert.is(told, 1);
  assert.is(root.getSnapshot().status, 'active');
});

test('what changes in place and says itself -> told when it reads otherwise', () => {
  const counter = { count: 0, toJSON: () => ({ count: counter.count }) };
  const machine = createMachine({ id: 'm', context: { counter }, on: { '*': {} } });
  const root = createActor(machine).start();
  const { inspection, facts } = observe(root);
  const stop = inspection.watch();
  root.send({ type: 'before' });
  counter.count = 5;
  root.send({ type: 'after' });
  stop();
  const changed = transitionsIn(facts).map((step) => step.changed);
  assert.equal(changed, [{}, { counter: '{count: 5}' }]);
});

test('keys’ values are in none of it', () => {
  const { it, actorFacts } = startedNode();
  it.connect('b', 'c').pass(2000).silence('b');
  const value = Buffer.from('s3cr3t'.repeat(3));
  const request = { key: Buffer.from('k'), value, contentType: 'text/plain', expiresAt: 0 };
  it.node.write({ ...request, level: 'any', timeoutMs: 50 }, () => undefined);
  it.pass(3000);
  const target = actorFacts().find(({ machine }) => machine === 'target');
  assert.ok(target, 'a hint was kept');
  assert.match(target.actor, new RegExp(`^hints/(${idOf('b')}|${idOf('c')})$`));
  const all = JSON.stringify([actorFacts(), it.node.inspection.living()]);
  assert.not.match(all, /s3cr3t/);
  assert.not.match(all, value.toString('hex'));
});

test.run();
