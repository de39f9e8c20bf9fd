/** The events of all members through one of them: two nodes, and the wire between them played. */
import * as assert from 'uvu/assert';
import type { NodeId } from '../../../src/core/data/version.js';
import { RequestStats } from '../../../src/core/request-stats.js';
import { FactBus } from '../../../src/events/fact-bus.js';
import type { Frame } from '../../../src/events/frame.js';
import { NOBODY, reduce } from '../../../src/events/reduce.js';
import { NOTHING_KNOWN, type NodeView } from '../../../src/events/view.js';
import { Observation } from '../../../src/node/observation/observation.js';
import type { Calls } from '../../../src/node/rpc/calls.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, member, ringOf } from '../one-node.js';

const test = suite('events of other members');
const OTHER = idOf('b');
/** From one node to the other. */
const WAY_MS = 2;
const RECORDER_BYTES = 4 << 20;
const STEP = {
  actor: 'stabilizer',
  machine: 'stabilizer',
  event: 'x'.repeat(200),
  ...{ fields: {}, from: [], to: [], edges: [], refused: [], actions: [], changed: {} },
};

let clock: ManualClock;
let other: Told;
let asked: Observation;
let isCut: boolean;
let frames: Frame[];

/** A node of which only its facts matter. */
class Told {
  readonly facts = new FactBus();
  readonly observation: Observation;
  #state = 0;

  /** `request`: how it asks the other one. */
  constructor(name: string, request: Calls['request']) {
    this.observation = new Observation({
      settings: { self: member(name), recorderBytes: RECORDER_BYTES },
      clock,
      facts: this.facts,
      rings: { current: ringOf(1, 'a', 'b') },
      calls: { request },
      inspection: { watch: () => () => undefined } as never,
      store: { isFull: false, status: () => undefined },
      hints: { status: () => [] },
      residentBytes: () => 0,
      coordinator: { stats: new RequestStats(), inFlight: 0 },
      snapshot: () => this.view,
    });
    this.observation.start();
  }

  get view(): NodeView {
    return { ...NOTHING_KNOWN, state: `${this.#state}` };
  }

  tell(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.facts.tell({ type: 'node.changed', state: `${++this.#state}` });
    }
  }

  steps(count: number): void {
    for (let i = 0; i < count; i++) this.facts.tell({ type: 'actor.transition', ...STEP });
  }
}

test.before.each(() => {
  clock = new ManualClock();
  isCut = false;
  startOther();
  const request = ((_to, type, body, _limitMs, done) => {
    if (isCut) return done('unreachable' as never, 0);
    assert.is(type, 'events.fetch');
    const message = { ...(body as object), type, call: 1 } as never;
    const answer = (reply: object) => clock.setTimeout(() => done(reply as never, 0), WAY_MS);
    const ask = () => other.observation.service.fetch(idOf('a'), message, answer);
    return void clock.setTimeout(ask, WAY_MS);
  }) as Calls['request'];
  asked = new Told('a', request).observation;
  frames = follow();
});

function startOther(): void {
  other = new Told('b', () => assert.unreachable('nobody follows others through it'));
}

function follow(types: readonly string[] = [], room = Number.POSITIVE_INFINITY): Frame[] {
  const heard: Frame[] = [];
  const sink = {
    isFull: () => heard.length >= room,
    write(text: string) {
      const frame: Frame = JSON.parse(text);
      // Those come whatever happens.
      if (frame.type !== 'node.sampled') heard.push(frame);
    },
  };
  asked.subscribe({ types, since: undefined, nodes: 'all' }, sink, () => undefined);
  clock.advance(100);
  return heard;
}

const of = (node: NodeId, heard = frames) => heard.filter((frame) => frame.node === node);
const typesOf = (heard: readonly Frame[]) => heard.map(({ type }) => type);
const folded = (heard: readonly Frame[]) => heard.reduce(reduce, NOBODY).nodes[OTHER];

test('what another member tells -> a snapshot of it, then each fact', () => {
  other.tell(2);
  clock.advance(100);
  assert.equal(typesOf(of(OTHER)), ['snapshot', 'node.changed', 'node.changed']);
  assert.is(folded(frames)?.state, '2');
});

test('thousands of steps of actors between two facts -> the facts come', () => {
  other.steps(3000);
  other.tell();
  clock.advance(60_000);
  assert.is(folded(frames)?.state, '1');
});

test('a second one who wants all nodes -> a snapshot, and no step is missed', () => {
  other.steps(1);
  clock.advance(100);
  const steps = typesOf(of(OTHER, follow(['actor.'])));
  assert.equal(steps, ['snapshot', 'actor.transition']);
  assert.not.ok(typesOf(frames).includes('actor.transition'));
});

test('more than is kept of another -> no hole, and late comers know how things stand', () => {
  const [rounds, begin] = [130, of(OTHER).length];
  for (let round = 0; round < rounds; round++) {
    other.tell(100);
    other.steps(100);
    clock.advance(23);
    other.tell(1);
    clock.advance(100);
  }
  clock.advance(100);
  const states = of(OTHER)
    .slice(begin)
    .map((frame) => 'state' in frame && Number(frame.state));
  assert.equal(
    states,
    Array.from({ length: rounds * 101 }, (_, index) => index + 1),
  );
  const late = of(OTHER, follow());
  assert.is(folded(late)?.state, `${rounds * 101}`);
  assert.ok(late.length < 5000, 'what is old is in the snapshot');
});

test('away, and back as another process -> said once, a gap, a snapshot', () => {
  other.tell();
  clock.advance(100);
  const { length } = frames;
  isCut = true;
  clock.advance(10_000);
  startOther();
  isCut = false;
  other.tell();
  clock.advance(2000);
  const told = typesOf(of(OTHER, frames.slice(length)));
  assert.equal(told, ['away', 'gap', 'snapshot']);
  assert.is(folded(frames)?.state, '1');
});

test('nothing happens -> the node that was asked says so, and for itself alone', () => {
  const { length } = frames;
  clock.advance(20_000);
  const beats = frames.slice(length);
  assert.equal(typesOf(beats), ['beat', 'beat']);
  assert.is(of(OTHER, beats).length, 0);
});

test.run();
