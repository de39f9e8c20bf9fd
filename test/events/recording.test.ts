/** Recordings as anybody may send them: what is read, and what is refused in one sentence. */
import * as assert from 'uvu/assert';
import type { Entry } from '../../src/events/journal.js';
import {
  InvalidRecording,
  makeRecording,
  parseRecording,
  withoutActorsBefore,
} from '../../src/events/recording.js';
import { NOTHING_KNOWN } from '../../src/events/view.js';
import { idOf, ringOf } from '../node/one-node.js';
import { suite } from '../support/runner/suite.js';

const test = suite('recordings');
const [A, B] = [idOf('a'), idOf('b')];
const HEAD = { madeAt: 2000, minutes: 5, away: [{ node: B, reason: 'gone' }] };

/** Each node's frames at these times. */
function framesOf(times: { readonly [node: string]: readonly number[] }) {
  return new Map(
    Object.entries(times).map(([node, all]) => [
      node,
      all.map((at, seq): Entry => {
        const frame =
          seq === 0
            ? { type: 'snapshot' as const, view: NOTHING_KNOWN }
            : { type: 'node.changed' as const, state: `${seq}` };
        return { seq, at, type: frame.type, text: JSON.stringify({ ...frame, seq, at, node }) };
      }),
    ]),
  );
}

const GOOD = makeRecording({ ...HEAD, frames: framesOf({ [A]: [1, 4], [B]: [2, 3, 1] }) });

/** The good one, with other fields at its top, or in its last frame. */
function withFields(fields: object): string {
  return JSON.stringify({ ...(JSON.parse(GOOD) as object), ...fields });
}
function withFrame(fields: object): string {
  const frame = { type: 'node.changed', node: A, at: 1, seq: 1, state: 'serving', ...fields };
  return withFields({ frames: [frame] });
}

test('without actors before a time -> all from the snapshot before it, else the rest', () => {
  const types = [
    ...(['snapshot', 'actor.started', 'node.changed', 'snapshot', 'actor.transition'] as const),
    ...(['snapshot', 'actor.stopped'] as const),
  ];
  const all = types.map((type, at): Entry => ({ seq: at, at, type, text: '' }));
  const kept = (since: number) => withoutActorsBefore(since, all).map(({ at }) => at);
  assert.equal(kept(4), [0, 2, 3, 4, 5, 6]);
  assert.equal(kept(6), [0, 2, 3, 5, 6]);
  assert.equal(kept(0), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(kept(-1), [0, 1, 2, 3, 4, 5, 6]);
});

test('what was made -> is read: by time, and each node’s own in its order', () => {
  const { head, frames } = parseRecording(GOOD);
  assert.equal(head, HEAD);
  assert.equal(
    frames.map(({ node, at }) => `${node[0]}${at}`),
    ['a1', 'b2', 'b3', 'b1', 'a4'],
  );
});

test('without frames; types that nobody here knows; frames and heads of runs -> are read', () => {
  parseRecording(makeRecording({ ...HEAD, frames: new Map() }));
  const later = { type: 'moon.rose', node: A, at: 1 };
  const struck = { type: 'fault.began', node: '', at: 1, id: 1, what: 'kill', where: ['m1'] };
  const ring = { type: 'ring.changed', node: A, at: 1, seq: 1, ring: ringOf(4, 'a', 'b') };
  const run = { seed: 7, machines: { m0: [A, B] }, dropped: 0 };
  const { head, frames } = parseRecording(withFields({ frames: [later, struck, ring], run }));
  assert.equal(head.run, run);
  assert.equal(frames, [later, struck, ring]);
});

const snapshot = (fields: object) =>
  withFrame({ type: 'snapshot', view: { ...NOTHING_KNOWN, ...fields } });

const REFUSED: [what: string, text: string, sentence: RegExp][] = [
  ['nothing', '', /not JSON/],
  ['cut off', GOOD.slice(0, -20), /its end is missing/],
  ['another file', '{"name": "quorate"}', /no recording/],
  ['null', 'null', /no recording/],
  ['a list', '[]', /no recording/],
  ['a later version', withFields({ version: 2 }), /is of version 2, .* reads up to 1\./],
  ['no version', withFields({ version: '1' }), /of which version/],
  ['no time', withFields({ madeAt: null }), /when it was made/],
  ['nobody away', withFields({ away: {} }), /which nodes were away/],
  ['away without a reason', withFields({ away: [{ node: A }] }), /which nodes were away/],
  ['a run of nothing', withFields({ run: { seed: 1 } }), /of the run/],
  ['machines that are none', withFields({ run: { machines: { m: 'x' } } }), /of the run/],
  ['no frames', withFields({ frames: 'none' }), /no list of frames/],
  ['a frame that is none', withFields({ frames: [7] }), /Frame 1 .* no type/],
  ['without a type', withFrame({ type: 7 }), /no type/],
  ['without a time', withFrame({ at: '1' }), /no time/],
  ['of no node', withFrame({ node: '__proto__' }), /of no node/],
  ['of nobody', withFrame({ node: '' }), /of no node/],
  ['a fact without a number', withFrame({ seq: 1.5 }), /fact without a number/],
  ['a fact without a field', withFrame({ state: undefined }), /node\.changed without state/],
  ['a message with a number', withFrame({ type: 'message.arrived', id: 1 }), /has a number/],
  ['a ring that is none', withFrame({ type: 'ring.changed', ring: {} }), /ring that is none: /],
  ['a snapshot of nothing', withFrame({ type: 'snapshot', view: null }), /of nothing/],
  ['a snapshot without peers', snapshot({ peers: undefined }), /without peers/],
  ['a snapshot with odd peers', snapshot({ peers: { [B]: null } }), /without peers/],
  ['a snapshot with odd hints', snapshot({ hints: [7] }), /without hints/],
  ['a snapshot with an odd ring', snapshot({ ring: { epoch: 1 } }), /ring that is none: /],
  [
    'a ring without a bottom',
    withFrame({ type: 'ring.changed', ring: 0 }).replace(
      '"ring":0',
      `"ring":${'['.repeat(1e5)}${']'.repeat(1e5)}`,
    ),
    /ring that is none/,
  ],
];

for (const [what, text, sentence] of REFUSED) {
  test(`${what} -> refused in one sentence`, () => {
    try {
      parseRecording(text);
    } catch (error) {
      assert.instance(error, InvalidRecording);
      assert.match((error as Error).message, sentence);
      assert.match((error as Error).message, /^[A-Z][^\n]*\.$/);
      return;
    }
    assert.unreachable('it was read');
  });
}

test('cut off anywhere -> refused', () => {
  for (let length = 0; length < GOOD.length - 2; length += 7) {
    assert.throws(() => parseRecording(GOOD.slice(0, length)), /its end is missing/);
  }
});

test.run();
