/** What waits for a store that takes its time is bounded. */
import * as assert from 'uvu/assert';
import type { MessageOf, Refusable } from '../../../src/core/wire/messages.js';
import { Replica } from '../../../src/node/replica/replica.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { record, version } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('replica: backlog');

test('what the store does not answer -> so much waits, and the rest is refused', () => {
  const waiting: (() => void)[] = [];
  const answer = (done: (outcome: object) => void, kind: string) =>
    waiting.push(() => done({ kind }));
  const store = {
    write: (_: Buffer, done: () => void) => answer(done, 'applied'),
    read: (_: Buffer, done: () => void) => answer(done, 'absent'),
    readVersion: (_: Buffer, done: () => void) => answer(done, 'absent'),
    prepare: (_: Buffer, __: object, done: () => void) => answer(done, 'promised'),
    scan: (_: object, done: (page: object) => void) =>
      waiting.push(() => done({ rows: [], next: undefined })),
  };
  const replica = new Replica({
    self: 'a'.repeat(16),
    store: store as never,
    clock: new ManualClock(),
    rings: { epoch: 5 } as never,
    versionClock: { isTooFarAhead: () => false, observe: () => true } as never,
    hintIntake: {} as never,
    settle: () => Promise.resolve(false),
    reaping: {} as never,
    isTrusted: () => true,
  });
  const outcomes: string[] = [];
  const serve = (request: Refusable) =>
    replica.serve('b'.repeat(16), request, (reply) =>
      outcomes.push((reply as MessageOf<'replica.written'>).outcome),
    );
  const timed = { call: 9, epoch: 5, timeoutMs: 9 };
  const large = record('k', { value: Buffer.alloc(1 << 20) });
  const longKey = Buffer.alloc(1024, 'k');
  const range = { partitions: Buffer.of(3), from: Buffer.of(0), to: undefined, reverse: false };
  const requests: Refusable[] = [
    { type: 'replica.write', ...timed, record: record(longKey) },
    { type: 'replica.read', ...timed, key: longKey, withValue: true },
    { type: 'replica.read', ...timed, key: longKey, withValue: false },
    { type: 'replica.prepare', ...timed, key: longKey, ballot: version(7) },
    { type: 'replica.scan', ...timed, ...range, limit: 9, bytes: 9, withValues: false },
  ];
  for (let i = 0; i < 300; i++) serve({ type: 'replica.write', ...timed, record: large });
  assert.is(waiting.length, 255);
  assert.equal(outcomes, Array(45).fill('busy'));
  for (const request of requests) {
    const [before, busy] = [waiting.length, outcomes.length];
    for (let i = 0; i < 5000; i++) serve(request);
    const counted = waiting.length - before;
    assert.ok(counted < 5000, request.type);
    assert.equal(outcomes.slice(busy), Array(5000 - counted).fill('busy'));
    for (const done of waiting.splice(before)) done();
    outcomes.length = busy;
  }
  for (const done of waiting.splice(0)) done();
  for (let i = 0; i < 255; i++) serve({ type: 'replica.write', ...timed, record: large });
  assert.is(waiting.length, 255, 'all has been given back');
});

test.run();
