/** The fold, fact by fact. The simulator checks that it comes to what nodes say of themselves. */
import * as assert from 'uvu/assert';
import type { Frame } from '../../src/events/frame.js';
import { NOBODY, reduce } from '../../src/events/reduce.js';
import { NOTHING_KNOWN, type NodeView } from '../../src/events/view.js';
import { ringOf } from '../node/one-node.js';
import { suite } from '../support/runner/suite.js';

const test = suite('fold');
const A = 'a'.repeat(16);
const B = 'b'.repeat(16);
const ring = ringOf(4, 'a', 'b');
const COUNTS = { gets: 1, puts: 2, deletes: 3, failed: 4, inFlight: 5 };
const HELD = { rows: 7, bytes: 4096, hints: [], residentBytes: 1 << 20 };
const SAMPLE = { ms: 5000, ...COUNTS, p50Ms: 1, p99Ms: null, lateMs: 0, ...HELD };
const ACTIVE = ['m', 'm.a'];
const CONTEXT = { n: '0', x: '""' };
const ACTOR = { actor: 'm', machine: 'm' };
const STARTED = { type: 'actor.started', ...ACTOR, parent: '', states: ACTIVE, context: CONTEXT };
const LIVING = { machine: 'm', parent: '', active: ACTIVE, context: CONTEXT, fired: [], since: 0 };
const STEP = { type: 'actor.transition', ...ACTOR, to: ACTIVE, edges: [], changed: {} };
const CHANGED = { context: { ...CONTEXT, n: '1' }, fired: ['m.a|go|0'] };

/** What node A looks like after these. */
function after(...frames: object[]): NodeView {
  const full = frames.map((frame, seq) => ({ seq, at: seq * 10, node: A, ...frame }) as Frame);
  return full.reduce(reduce, NOBODY).nodes[A]!;
}

const cases: [what: string, frames: object[], expected: Partial<NodeView>][] = [
  ['node.changed', [{ type: 'node.changed', state: 'serving' }], { state: 'serving' }],
  ['node.sampled', [{ type: 'node.sampled', ...SAMPLE }], { sample: SAMPLE }],
  ['store.full', [{ type: 'store.full' }], { isFull: true }],
  ['store.writable', [{ type: 'store.full' }, { type: 'store.writable' }], {}],
  ['overload.began', [{ type: 'overload.began' }], { isOverloaded: true }],
  ['overload.ended', [{ type: 'overload.began' }, { type: 'overload.ended' }], {}],
  ['join.waiting', [{ type: 'join.waiting', waitsFor: 'b' }], { waitsFor: 'b' }],
  [
    'ring.changed, which ends waiting',
    [
      { type: 'join.waiting', waitsFor: 'b' },
      { type: 'ring.changed', ring },
    ],
    { ring },
  ],
  ['ring.left', [{ type: 'ring.left', ring }], { ring }],
  [
    'member.suspect',
    [{ type: 'member.suspect', id: B, address: 'b:1' }],
    { members: { [B]: { address: 'b:1', status: 'suspect', since: 0 } } },
  ],
  [
    'member.dead',
    [
      { type: 'member.suspect', id: B, address: 'b:1' },
      { type: 'member.dead', id: B, address: 'b:1' },
    ],
    { members: { [B]: { address: 'b:1', status: 'dead', since: 10 } } },
  ],
  [
    'peer.up, clock.offset',
    [
      { type: 'peer.up', id: B, address: 'b:1' },
      { type: 'clock.offset', id: B, offsetMs: 3, roundTripMs: 1 },
    ],
    { peers: { [B]: { address: 'b:1', offsetMs: 3, roundTripMs: 1 } } },
  ],
  [
    'peer.down',
    [
      { type: 'peer.up', id: B, address: 'b:1' },
      { type: 'peer.down', id: B, reason: 'gone' },
    ],
    {},
  ],
  [
    'transfer.began',
    [{ type: 'transfer.began', epoch: 2, total: 9 }],
    { transfer: { epoch: 2, done: 0, total: 9, records: 0, bytes: 0 } },
  ],
  [
    'transfer.progress',
    [{ type: 'transfer.progress', epoch: 2, done: 4, total: 9, records: 40, bytes: 400 }],
    { transfer: { epoch: 2, done: 4, total: 9, records: 40, bytes: 400 } },
  ],
  [
    'transfer.done',
    [
      { type: 'transfer.began', epoch: 2, total: 9 },
      { type: 'transfer.done', epoch: 2, records: 9, bytes: 90 },
    ],
    {},
  ],
  [
    'hint.kept',
    [
      { type: 'hint.kept', target: B },
      { type: 'hint.kept', target: A },
    ],
    { hints: [A, B] },
  ],
  [
    'hint.drained',
    [
      { type: 'hint.kept', target: B },
      { type: 'hint.drained', target: B, records: 1, dropped: 0 },
    ],
    {},
  ],
  [
    'actor.started, then a step: where it is, its context, and what fired',
    [STARTED, { ...STEP, to: ['m', 'm.b'], edges: ['m.a|go|0'], changed: { n: '1' } }],
    { actors: { m: { ...LIVING, active: ['m', 'm.b'], since: 10, ...CHANGED } } },
  ],
  [
    'a step within its states, then an event of no use: in them as long, what fired stays',
    [STARTED, { ...STEP, edges: ['m.a|go|0'], changed: { n: '1' } }, STEP],
    { actors: { m: { ...LIVING, ...CHANGED } } },
  ],
  ['actor.stopped', [STARTED, { type: 'actor.stopped', actor: 'm', machine: 'm' }], {}],
  [
    'a snapshot, whatever was before',
    [
      { type: 'hint.kept', target: B },
      { type: 'snapshot', view: { ...NOTHING_KNOWN, state: 'leaving' } },
    ],
    { state: 'leaving' },
  ],
];

for (const [what, frames, expected] of cases) {
  test(`${what} -> as it says, and nothing else`, () => {
    assert.equal(after(...frames), { ...NOTHING_KNOWN, ...expected });
  });
}

test('what is said of the stream, or of no consequence -> the very same view', () => {
  const view = reduce(NOBODY, { type: 'node.changed', seq: 1, at: 0, node: A, state: 'serving' });
  for (const frame of [
    { type: 'clock.offset', id: B, offsetMs: 3, roundTripMs: 1 },
    { type: 'beat', seq: 1 },
    { type: 'gap', since: 3 },
    { type: 'dropped', count: 3 },
    { type: 'self.left' },
  ]) {
    assert.is(reduce(view, { at: 0, node: A, seq: 2, ...frame } as Frame), view);
  }
});

test('several nodes -> each told by itself', () => {
  const one = { type: 'overload.began', seq: 1, at: 0 } as const;
  const view = [
    { ...one, node: A },
    { ...one, node: B },
  ].reduce(reduce, NOBODY);
  assert.equal(Object.keys(view.nodes), [A, B]);
  const calm = reduce(view, { type: 'overload.ended', seq: 2, at: 0, node: A });
  assert.equal([calm.nodes[A]!.isOverloaded, calm.nodes[B]!.isOverloaded], [false, true]);
});

test.run();
