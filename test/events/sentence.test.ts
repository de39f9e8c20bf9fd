/** Every frame there is says one sentence, made from its fields. */
import * as assert from 'uvu/assert';
import { FACTS } from '../../src/events/facts.js';
import { STREAM_FRAMES } from '../../src/events/frame.js';
import type { RecordedFrame } from '../../src/events/recorded-frame.js';
import { RUN_FRAMES } from '../../src/events/run-frame.js';
import { FRAME_TYPES, sentenceOf } from '../../src/events/sentence.js';
import { NOTHING_KNOWN } from '../../src/events/view.js';
import { suite } from '../support/runner/suite.js';

const test = suite('sentences');
const NODE = '0123456789abcdef';
const ROWS: { readonly [type: string]: { readonly fields: object } } = {
  ...FACTS,
  ...STREAM_FRAMES,
  ...RUN_FRAMES,
};

const RING = { epoch: 4, members: [{}, {}, {}], transition: { members: [{}, {}] }, layout: [] };
/** What fields hold that are no text, or whose text matters. */
const VALUES: { readonly [field: string]: unknown } = {
  ...{ id: NODE, accuser: NODE, target: NODE, to: NODE, away: [NODE], first: [1], ring: RING },
  ...{ view: NOTHING_KNOWN, fields: { at: '1', from: NODE }, changed: {}, context: {} },
  ...{ from: ['a', 'a.b'], states: ['a', 'a.b'], edges: ['a|x|0'], refused: ['a|y|0'] },
  ...{ steps: [], actions: [], where: ['m1'], actor: `hints/${NODE}` },
  ...{ offsetMs: -3.25, p99Ms: null },
};
const TEXTS =
  /^(state|reason|address|bootId|previousBootId|programVersion|event|waitsFor|operation|level|key|outcome|machine|parent|status|message|what|how|code|invariant|detail)$/;

function sampleOf(type: string): RecordedFrame {
  const fields = Object.keys(ROWS[type]!.fields).map((field) => {
    if (field === 'to' && type === 'actor.transition') return [field, ['a', 'a.c']];
    if (field === 'id' && /^(message|fault|request)\./.test(type)) return [field, 1234];
    if (Object.hasOwn(VALUES, field)) return [field, VALUES[field]];
    return [field, TEXTS.test(field) ? `some ${field}` : 1234];
  });
  return { type, node: NODE, at: 1000, ...Object.fromEntries(fields) } as RecordedFrame;
}

const name = (id: string) => (id === NODE ? 'node 8081' : `unknown ${id}`);
const say = (type: RecordedFrame['type'], fields: object = {}) =>
  sentenceOf({ ...sampleOf(type), ...fields } as RecordedFrame, name);

test('every type of the tables has one, and there are no others', () => {
  assert.equal([...FRAME_TYPES], Object.keys(ROWS).sort());
});

test('every frame -> one sentence, with the names of nodes and no hole in it', () => {
  for (const type of FRAME_TYPES) {
    const sentence = say(type);
    assert.match(sentence, /^[^\n]{8,}$/, type);
    assert.match(sentence, /[.!?]$|^A promise is broken: .*\. some detail$/, type);
    assert.not.match(sentence, /undefined|NaN|null|\[object|\.\.$/, `${type}: ${sentence}`);
    assert.not.match(sentence, NODE, type);
    assert.not.match(sentence, /unknown/, type);
  }
});

test('numbers, one and many, and what is there only sometimes', () => {
  assert.is(say('member.dead'), 'node 8081 is dead: it did not deny it in time, incarnation 1234.');
  assert.is(
    say('quorum.lost', { partitions: 1 }),
    '1 partition lacks a quorum: node 8081 cannot be reached.',
  );
  assert.is(say('quorum.lost', { away: [] }), '1,234 partitions lack a quorum.');
  assert.is(say('ring.changed'), 'Ring 4 is in force here: 3 members, becoming 2.');
  assert.match(say('clock.offset'), /is 3\.3 ms behind/);
  assert.match(say('peer.down', { reason: 'It was closed.' }), /: It was closed\.$/);
  assert.match(say('join.waiting', { waitsFor: '' }), /^It has no ring yet\.$/);
});

test('a step of an actor -> where to; in the same state, without effect, refused', () => {
  assert.is(
    say('actor.transition'),
    'hints/node 8081: some event (from node 8081) → c; 1 guard said no.',
  );
  const stays = { to: ['a', 'a.b'], refused: [] };
  assert.match(say('actor.transition', stays), / in b\.$/);
  assert.match(say('actor.transition', { edges: [] }), /had no effect; 1 guard said no\.$/);
});

test('a type of a later program -> a sentence that says so', () => {
  const later = { type: 'node.dreaming', node: NODE, at: 1 } as unknown as RecordedFrame;
  assert.match(sentenceOf(later, name), /does not know/);
  assert.match(sentenceOf({ ...later, type: 'constructor' } as never, name), /does not know/);
});

test.run();
