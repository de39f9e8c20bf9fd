/** Lanes, arrows, bands and lives, and what is said of their ends. */
import * as assert from 'uvu/assert';
import { History } from '../../../../src/console/model/history.js';
import { captionOf } from '../../../../src/console/model/time/caption.js';
import { relatedTo } from '../../../../src/console/model/time/related.js';
import { Rows } from '../../../../src/console/model/time/rows.js';
import { lanesOf, sequenceOf } from '../../../../src/console/model/time/sequence.js';
import { Threads } from '../../../../src/console/model/time/threads.js';
import type { RecordedFrame } from '../../../../src/events/recorded-frame.js';
import { suite } from '../../../support/runner/suite.js';
import { A, B, C, toldByRun } from '../frames.js';

const test = suite('sequence');
const RUN = { seed: 1, machines: { m10: [C], m2: [B], m1: [A] }, dropped: 0 };
const LANES = lanesOf(RUN, []);

const FRAMES = toldByRun(
  { type: 'process.started', node: A, machine: 'm1', incarnation: 1 },
  { type: 'process.started', node: B, machine: 'm2', incarnation: 1 },
  { type: 'request.began', node: A, id: '#1', operation: 'write', key: 'k', level: 'quorum' },
  { type: 'message.sent', node: A, id: 1, to: B, message: 'replica.write', bytes: 9 },
  { type: 'message.sent', node: A, id: 2, to: C, message: 'replica.write', bytes: 9 },
  { type: 'fault.began', node: '', id: 1, what: 'pause', where: ['m2', 'm10'] },
  { type: 'message.arrived', node: B, id: 1 },
  { type: 'message.lost', node: C, id: 2, reason: 'nobody runs there' },
  { type: 'message.arrived', node: B, id: 1 },
  { type: 'request.ended', node: A, id: '#1', outcome: 'ok', code: '' },
  { type: 'message.sent', node: B, id: 3, to: A, message: 'swim.ping', bytes: 9 },
  { type: 'fault.ended', node: '', id: 1, what: 'pause', where: ['m2', 'm10'] },
  { type: 'process.killed', node: A, machine: 'm1', how: 'killed' },
  { type: 'violation', node: '', invariant: 'a promise', detail: 'broken' },
);

function read(frames: readonly RecordedFrame[], isShown = (_: RecordedFrame) => true) {
  const history = new History();
  history.append(frames);
  const threads = new Threads(history);
  threads.follow();
  const rows = new Rows(history, isShown, false);
  const drawn = (first = 0, last = rows.length - 1) =>
    sequenceOf(rows, threads, LANES, [first, last]);
  return { threads, drawn, say: (place: number) => captionOf(threads, place, (id) => id[0]!) };
}

const inShort = ({
  fromLane,
  toLane,
  fromRow,
  toRow,
  fate,
}: ReturnType<ReturnType<typeof read>['drawn']>['arrows'][number]) => [
  fromLane,
  toLane,
  fromRow,
  toRow,
  fate,
];

test('lanes -> machines of the run, m2 before m10; without a run the nodes', () => {
  assert.equal(
    LANES.map(({ name }) => name),
    ['m1', 'm2', 'm10'],
  );
  const names = [{ id: A, address: 'h:2', short: '2', colour: 0, isPatterned: false }];
  assert.equal(lanesOf(undefined, names), [{ name: '2', nodes: [A] }]);
});

test('messages -> arrows, two if it was doubled, lost, or under way to the end', () => {
  const { arrows } = read(FRAMES).drawn();
  assert.equal(arrows.map(inShort), [
    [0, 1, 3, 6, 'arrived'],
    [0, 1, 3, 8, 'arrived'],
    [0, 2, 4, 7, 'lost'],
    [1, 0, 10, 14, 'open'],
  ]);
});

test('one end is in sight -> the arrow is drawn; both ends are not -> not', () => {
  const { drawn } = read(FRAMES);
  assert.equal(drawn(6, 6).arrows.map(inShort), [
    [0, 1, 3, 6, 'arrived'],
    [0, 1, 3, 8, 'arrived'],
  ]);
  assert.equal(drawn(5, 5).arrows, []);
});

test('its end has no row -> the arrow ends between the rows', () => {
  const { drawn } = read(FRAMES, ({ type }) => type !== 'message.arrived');
  assert.equal(inShort(drawn().arrows[0]!), [0, 1, 3, 5.5, 'arrived']);
});

test('faults, processes and requests -> from row to row, in their lanes', () => {
  const { faults, lives, requests } = read(FRAMES).drawn(9, 10);
  const span = ({ lane, fromRow, toRow }: { lane: number; fromRow: number; toRow: number }) => [
    ...[lane, fromRow, toRow],
  ];
  assert.equal(faults.map(span), [
    [1, 5, 11],
    [2, 5, 11],
  ]);
  assert.equal(lives.map(span), [
    [0, 0, 12],
    [1, 1, 14],
  ]);
  assert.equal(requests.map(span), [[0, 2, 9]]);
  assert.equal([requests[0]!.outcome, requests[0]!.slot], ['ok', 0]);
  assert.equal(read(FRAMES).drawn(12, 13).requests, []);
});

test('what began before the recording did -> reaches out of it', () => {
  const { faults } = read(FRAMES.slice(6)).drawn();
  assert.equal(
    faults.map(({ lane, fromRow }) => [lane, fromRow]),
    [
      [1, -1],
      [2, -1],
    ],
  );
});

test('two requests at one time -> beside each other', () => {
  const ask = { operation: 'read', key: 'k', level: 'one', node: A };
  const { requests } = read(
    toldByRun(
      { type: 'request.began', id: '#1', ...ask },
      { type: 'request.began', id: '#2', ...ask },
      { type: 'request.ended', node: A, id: '#1', outcome: 'ok', code: '' },
      { type: 'request.began', id: '#3', ...ask },
    ),
  ).drawn();
  assert.equal(
    requests.map(({ slot, outcome }) => `${slot} ${outcome}`),
    ['0 ok', '1 open', '0 open'],
  );
});

test('what is no message -> a dot, without a lane if it is of nobody', () => {
  const { dots } = read(FRAMES).drawn();
  assert.equal(
    dots.map(({ row, lane }) => `${row} ${lane}`),
    ['0 0', '1 1', '2 0', '5 undefined', '9 0', '11 undefined', '12 0', '13 undefined'],
  );
});

test('captions -> the end of a message or request says of what', () => {
  const { say } = read(FRAMES);
  assert.is(say(6), 'replica.write from a arrives after 3.0 ms.');
  assert.is(say(7), 'replica.write from a is lost: nobody runs there.');
  assert.is(say(9), 'Client: write of “k” (#1) is answered ok after 7.0 ms.');
  assert.is(say(3), 'replica.write is sent to b, 9 bytes.');
  assert.is(say(99), '');
  assert.is(read(FRAMES.slice(6)).say(0), 'Message 1 arrives.');
});

test('related -> the same message, fault, request, member or actor, and nothing else', () => {
  const like = (frame: object) =>
    FRAMES.flatMap((other, place) =>
      relatedTo(frame as RecordedFrame)?.test(other) ? [place] : [],
    );
  assert.equal(like(FRAMES[3]!), [3, 6, 8]);
  assert.equal(like(FRAMES[5]!), [5, 11]);
  assert.equal(like(FRAMES[2]!), [2, 9]);
  assert.is(relatedTo(FRAMES[13]!), undefined);
  const actor = { type: 'actor.started', actor: 'ring', node: A } as RecordedFrame;
  const { what, test: isSame } = relatedTo(actor)!;
  assert.is(what, 'this actor');
  assert.ok(isSame({ ...actor, type: 'actor.stopped' } as RecordedFrame));
  assert.not.ok(isSame({ ...actor, node: B } as RecordedFrame));
});

test.run();
