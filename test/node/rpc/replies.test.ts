/** Whoever was restarted must not be given the answers to what it had asked before. */
import * as assert from 'uvu/assert';
import { recordVersion } from '../../../src/core/data/record.js';
import type { Message } from '../../../src/core/wire/messages.js';
import { classify } from '../../../src/core/wire/traffic.js';
import { Replies } from '../../../src/node/rpc/replies.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('replies');
const A = 'a'.repeat(16);
const ANSWER: Message = { type: 'ring.fetch', epoch: 1 };

function start() {
  const sent: Message[] = [];
  const replies = new Replies({ send: (_, message) => sent.push(message) > 0 });
  const up = (bootId: string) => replies.peerUp({ id: A, bootId, address: 'a:1' });
  return { replies, up, sent };
}

test('the same process, connected again or not -> gets its answer', () => {
  const { replies, up, sent } = start();
  up('first');
  const reply = replies.to(A);
  reply(ANSWER);
  up('first');
  reply(ANSWER);
  assert.is(sent.length, 2);
});

test('another process since -> nothing is sent', () => {
  const { replies, up, sent } = start();
  up('first');
  const reply = replies.to(A);
  up('second');
  reply(ANSWER);
  assert.equal(sent, []);
  replies.to(A)(ANSWER);
  assert.is(sent.length, 1);
});

/** A peer that takes small messages only: what waits for it is nearly too much. */
function behind() {
  const sent: Message[] = [];
  const replies = new Replies({
    send: (_, message) => classify(message).bytes < 1000 && sent.push(message) > 0,
  });
  replies.peerUp({ id: A, bootId: 'first', address: 'a:1' });
  return { reply: replies.to(A), sent };
}

test('a value finds no room -> the peer is told, and need not wait for it', () => {
  const { reply, sent } = behind();
  const large = record('k', { value: Buffer.alloc(1000) });
  const said = { call: 7, epoch: 3 };
  const found = { type: 'replica.found', ...said, outcome: 'ok' } as const;
  const version = recordVersion(large);
  reply({ ...found, version, record: large });
  const small = { ...found, version, record: record('k') };
  reply(small);
  reply({ type: 'partition.fetched', ...said, outcome: 'ok', records: [large] });
  assert.equal(sent, [
    { type: 'replica.found', ...said, outcome: 'busy', version: undefined, record: undefined },
    small,
    { type: 'partition.fetched', ...said, outcome: 'busy', records: [] },
  ]);
});

test('what was done finds no room to be said -> nothing is said, never that it was not', () => {
  const { reply, sent } = behind();
  const large = record('k', { value: Buffer.alloc(1000) });
  const version = recordVersion(large);
  const said = { call: 7, epoch: 3, outcome: 'ok' } as const;
  reply({ type: 'replica.promised', ...said, version, record: large });
  assert.equal(sent, []);
});

test.run();
