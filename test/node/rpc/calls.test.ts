/** Requests and replies by number: each ends once, and a late reply finds nobody. */
import * as assert from 'uvu/assert';
import type { Message, Reply } from '../../../src/core/wire/messages.js';
import { Calls } from '../../../src/node/rpc/calls.js';
import type { Transport } from '../../../src/ports.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('calls');

const PEER = 'bbbbbbbbbbbbbbbb';
const BODY = { epoch: 1, timeoutMs: 100, withValue: false, key: Buffer.from('k') };

function start() {
  const sent: Reply[] = [];
  const timers: (() => void)[] = [];
  let now = 0;
  let isUp = true;
  const calls = new Calls({
    self: 'aaaaaaaaaaaaaaaa',
    transport: {
      send: (_: string, message: Message) => isUp && sent.push(message as Reply) > 0,
    } as unknown as Transport,
    clock: {
      now: () => now,
      monotonic: () => now,
      setTimeout: (run: () => void) => timers.push(run),
      clearTimeout: () => undefined,
    },
    serve: () => undefined,
  });
  const ends: string[] = [];
  return {
    calls,
    sent,
    ends,
    ask(name: string, timeoutMs = 100) {
      calls.request(PEER, 'replica.read', BODY, timeoutMs, (reply) => {
        ends.push(`${name}: ${typeof reply === 'string' ? reply : reply.outcome}`);
      });
    },
    answer(call: number, from = PEER) {
      const reply = { call, outcome: 'ok', epoch: 1, version: undefined, record: undefined };
      calls.settle(from, { type: 'replica.found', ...reply } as Reply);
    },
    pass(ms: number) {
      now += ms;
      for (const run of timers.splice(0)) run();
    },
    disconnect() {
      isUp = false;
      calls.peerDown(PEER);
    },
  };
}

test('a call that outlasts very many others -> still has its end, by reply or by time', () => {
  const { ask, answer, sent, ends, calls, pass } = start();
  ask('answered', 10_000);
  ask('late', 10_000);
  for (let i = 0; i < 10_000; i++) {
    ask('short');
    answer(sent.at(-1)!.call);
  }
  assert.is(calls.inFlight, 2);
  ends.splice(0);
  answer(sent[0]!.call);
  answer(sent[0]!.call);
  assert.equal(ends, ['answered: ok']);
  pass(10_000);
  assert.equal(ends, ['answered: ok', 'late: timeout']);
  assert.is(calls.inFlight, 0);
});

test('very many calls at once -> each has its end', () => {
  const { ask, answer, sent, ends, calls, disconnect } = start();
  for (let i = 0; i < 5000; i++) ask(`${i}`);
  for (const { call } of sent.slice(0, 2500).reverse()) answer(call);
  assert.is(calls.inFlight, 2500);
  disconnect();
  assert.is(new Set(ends).size, 5000);
  assert.is(ends.filter((end) => end.endsWith('lost')).length, 2500);
});

test('a reply ends its call, and only once', () => {
  const { ask, answer, sent, ends, calls } = start();
  ask('a');
  ask('b');
  answer(sent[1]!.call);
  answer(sent[1]!.call);
  assert.equal(ends, ['b: ok']);
  assert.is(calls.inFlight, 1);
});

test('a reply of another peer, or of another type, ends nothing', () => {
  const { ask, answer, sent, ends, calls } = start();
  ask('a');
  answer(sent[0]!.call, 'cccccccccccccccc');
  const { call } = sent[0]!;
  calls.settle(PEER, { type: 'ring.joining', call, refusal: '', waitsFor: '', ring: undefined });
  assert.equal(ends, []);
});

test('no answer in time -> timeout; the late reply finds nobody, whoever came since', () => {
  const { ask, answer, sent, ends, pass, calls } = start();
  ask('old');
  pass(200);
  assert.equal(ends.splice(0), ['old: timeout']);
  // More than any table of calls could tell apart by their lower bits.
  for (let i = 0; i < 70_000; i++) {
    ask('new');
    answer(sent[0]!.call);
    assert.is(ends.length, i, 'the late reply was taken for another');
    answer(sent.at(-1)!.call);
  }
  assert.is(calls.inFlight, 0);
});

test('a call that takes long does not get in the way of those behind it', () => {
  const { ask, answer, sent, ends, calls } = start();
  ask('long', 1e9);
  for (let i = 0; i < 10_000; i++) {
    ask('short');
    answer(sent.at(-1)!.call);
  }
  assert.is(ends.length, 10_000);
  answer(sent[0]!.call);
  assert.is(ends.at(-1), 'long: ok');
  assert.is(calls.inFlight, 0);
});

test('the connection breaks -> what is in flight is lost, what comes is unreachable', () => {
  const { ask, disconnect, ends } = start();
  ask('a');
  ask('b');
  disconnect();
  ask('c');
  assert.equal(ends, ['a: lost', 'b: lost', 'c: unreachable']);
});

test('how long owners take, and how they fail -> counted, until they are no members', () => {
  const { ask, answer, sent, pass, disconnect, calls } = start();
  const { roundTrips } = calls;
  assert.is(roundTrips.with(PEER).durations.count, 0);
  ask('quick');
  pass(3);
  answer(sent[0]!.call);
  ask('late');
  pass(200);
  answer(sent[1]!.call);
  ask('lost');
  disconnect();
  ask('unreachable');
  const { durations, failures } = roundTrips.with(PEER);
  assert.equal([durations.count, durations.sum], [1, 3]);
  assert.equal(failures, { unreachable: 1, lost: 1, timeout: 1 });
  roundTrips.keepOnly([PEER]);
  assert.is(roundTrips.with(PEER).durations.count, 1);
  roundTrips.keepOnly([]);
  assert.is(roundTrips.with(PEER).durations.count, 0);
});

test('what is between nodes alone -> not counted, it may take as long as it needs', () => {
  const { calls, pass } = start();
  const { roundTrips } = calls;
  calls.request(PEER, 'node.sizes', {}, 100, () => undefined);
  pass(200);
  assert.equal(roundTrips.with(PEER).failures, { unreachable: 0, lost: 0, timeout: 0 });
});

test.run();
