/** Linearizable requests that meet at one key of one node: who goes when, and who is answered. */
import * as assert from 'uvu/assert';
import type { Version } from '../../../src/core/data/version.js';
import type { Failure, Found, WriteRequest, Written } from '../../../src/core/requests.js';
import { Attempt, type RequestPorts } from '../../../src/node/coordinator/attempt.js';
import { KeyQueue } from '../../../src/node/coordinator/key-queue.js';
import { suite } from '../../support/runner/suite.js';
import { selfDrivenClock } from '../stabilizer/owners.js';

const test = suite('key queue');

type Outcome = Written | Found | Failure;
const at = (time: number): Version => ({ epoch: 1, time, node: '00000000000000aa' });
const KEY = Buffer.from('k');
const written = (time: number): Written => ({ ok: true, version: at(time), epoch: 1, reached: '' });
const FAILED: Failure = { ok: false, code: 'quorum_unavailable', detail: '', applied: 'unknown' };

function put(condition?: WriteRequest['condition'], key = KEY): WriteRequest {
  return {
    key,
    value: Buffer.from('new'),
    contentType: 'a/b',
    expiresAt: 0,
    level: 'linearizable',
    timeoutMs: 1000,
    ...(condition && { condition }),
  };
}

const ifMatch = (time: number) => put({ kind: 'matches', versions: [at(time)] });
const READ = { key: KEY };

function open() {
  const clock = selfDrivenClock();
  const wall = { ms: 0 };
  /** What runs, until its outcome is given. */
  const running: { request: object; end: (outcome: Outcome) => void }[] = [];
  const outcomes = new Map<string, Outcome>();
  const lines = new KeyQueue({
    clock,
    run: (request, _, done) => {
      const place = {
        request,
        end: (outcome: Outcome) => {
          running.splice(running.indexOf(place), 1);
          done(outcome);
        },
      };
      running.push(place);
    },
  });
  const send = (name: string, request: WriteRequest | { key: Buffer }, timeoutMs = 60_000) => {
    const ports = { clock, wallMs: () => wall.ms } as unknown as RequestPorts;
    const attempt = new Attempt(ports, {
      level: 'linearizable',
      timeoutMs,
    });
    const done = (outcome: Outcome) => outcomes.set(name, outcome);
    return new Promise<void>((resolve) => {
      const end = (outcome: Outcome) => {
        done(outcome);
        resolve();
      };
      if ('contentType' in request) lines.run(request, attempt, end);
      else lines.run(request, attempt, end);
    });
  };
  const codeOf = (name: string) => {
    const outcome = outcomes.get(name);
    return outcome && !outcome.ok ? outcome.code : outcome?.ok;
  };
  return { lines, running, outcomes, send, codeOf, wall };
}

test('changes of one key go one at a time, in their order; of two keys together', () => {
  const { lines, running, send } = open();
  const [first, second, other] = [put(), put(), put(undefined, Buffer.from('other'))];
  for (const request of [first, second, other]) void send('', request);
  assert.equal(
    running.map(({ request }) => request),
    [first, other],
  );
  running[0]!.end(written(1));
  assert.is(running[1]!.request, second);
  while (running.length > 0) running[0]!.end(FAILED);
  assert.is(lines.size, 0);
});

test('reads go together, but not beside a change', () => {
  const { running, send } = open();
  for (const request of [READ, READ, put(), READ]) void send('', request);
  assert.is(running.length, 2);
  running[0]!.end(FAILED);
  assert.is(running.length, 1, 'the change waits for both');
  running[0]!.end(FAILED);
  assert.ok('contentType' in running[0]!.request);
  running[0]!.end(FAILED);
  assert.is(running.length, 1);
});

test('one of many that replace a version is made -> the others fail with it', () => {
  const { lines, running, outcomes, send, codeOf } = open();
  void send('first', ifMatch(0));
  // It may have begun before these came.
  for (const name of ['b', 'c', 'd']) void send(name, ifMatch(1));
  running[0]!.end({ ...FAILED, code: 'precondition_failed', current: at(1) });
  assert.is(running.length, 1, 'what it found may be older than they are');
  running[0]!.end(written(2));
  assert.equal(['first', 'b', 'c', 'd'].map(codeOf), [
    'precondition_failed',
    true,
    'precondition_failed',
    'precondition_failed',
  ]);
  assert.equal((outcomes.get('d') as Failure).current, at(2));
  assert.is(lines.size, 0);
});

test('who came while a request was under way is not answered by it', () => {
  const { running, send, codeOf } = open();
  void send('first', put());
  void send('late', ifMatch(1));
  void send('late read', READ);
  running[0]!.end(written(5));
  assert.is(running.length, 1);
  assert.equal([codeOf('late'), codeOf('late read')], [undefined, undefined]);
});

test('what a request left decides -> conditions fail, reads find it; the rest goes on', () => {
  const { running, outcomes, send, codeOf } = open();
  void send('first', put());
  void send('second', put());
  const waiting: [string, WriteRequest | typeof READ][] = [
    ['matches', ifMatch(5)],
    ['absent', put({ kind: 'absent' })],
    ['retry', { ...put({ kind: 'absent' }), operation: Buffer.alloc(16) }],
    ['always', put()],
    ['read', READ],
    ['other', ifMatch(4)],
  ];
  for (const [name, request] of waiting) void send(name, request);
  running[0]!.end(FAILED);
  assert.is(outcomes.size, 1, 'nobody knows what it left');
  running[0]!.end(written(5));
  assert.equal(
    waiting.map(([name]) => codeOf(name)),
    [undefined, 'precondition_failed', undefined, undefined, true, 'precondition_failed'],
  );
  const { record } = outcomes.get('read') as Found;
  assert.equal([record?.version, Buffer.from(record!.value).toString()], [at(5), 'new']);
});

test('a value is stored when its time is over -> nobody is told that it is there', () => {
  const { running, outcomes, send, wall } = open();
  for (const [name, ms] of [
    ['in time', 99],
    ['too late', 100],
  ] as const) {
    void send('first', put());
    void send(name, { ...put(), expiresAt: 100 });
    void send(`read ${name}`, READ);
    void send(`absent ${name}`, put({ kind: 'absent' }));
    running[0]!.end(FAILED);
    wall.ms = ms;
    running[0]!.end(written(5));
  }
  const ridden = [...outcomes].filter(([name]) => /read|absent/.test(name));
  assert.equal(
    ridden.map(([name, { ok }]) => [name, ok]),
    [
      ['read in time', true],
      ['absent in time', false],
    ],
  );
});

test('a write with an id is done -> it may be long ago, and decides about nobody', () => {
  const { running, outcomes, send } = open();
  void send('retry', { ...ifMatch(6), operation: Buffer.alloc(16) });
  void send('change', ifMatch(9));
  void send('read', READ);
  running[0]!.end(written(7));
  assert.equal([...outcomes.keys()], ['retry']);
  assert.is(running.length, 1, 'the others find out for themselves');
});

test('what says to be a first try -> decided about as without an id; decides nothing', () => {
  const { running, outcomes, send, codeOf } = open();
  const first = { operation: Buffer.alloc(16), isFirstTry: true };
  void send('before', put());
  void send('first', { ...ifMatch(6), ...first });
  void send('read', READ);
  running[0]!.end(FAILED);
  // It may be a lie: then what it has found may be long ago, and others have written since.
  running[0]!.end(written(7));
  assert.not(outcomes.has('read'));
  void send('other', put());
  void send('decided', { ...ifMatch(9), ...first });
  running[0]!.end(FAILED);
  running[0]!.end(written(8));
  assert.is(codeOf('decided'), 'precondition_failed');
});

test('a deleted key -> conditions that need it absent are tried, others fail', () => {
  const { running, send, codeOf } = open();
  void send('first', put());
  void send('delete', { ...put(), value: undefined });
  void send('present', put({ kind: 'present' }));
  void send('absent', put({ kind: 'absent' }));
  running[0]!.end(FAILED);
  running[0]!.end(written(5));
  assert.is(codeOf('present'), 'precondition_failed');
  assert.equal(running.length, 1);
  assert.is(codeOf('absent'), undefined);
});

test('its time is up while it waits -> certainly not applied, and the line goes on', async () => {
  const { lines, running, outcomes, send } = open();
  void send('first', put());
  await send('second', put(), 50);
  const { code, applied } = outcomes.get('second') as Failure;
  assert.equal([code, applied], ['contention', 'no']);
  void send('third', put());
  running[0]!.end(FAILED);
  running[0]!.end(FAILED);
  assert.equal([running.length, lines.size], [0, 0]);
});

test.run();
