/** Whoever was restarted must not be given the answers to what it had asked before. */
import * as assert from 'uvu/assert';
import type { Message } from '../../../src/core/wire/messages.js';
import { Replies } from '../../../src/node/rpc/replies.js';
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

test.run();
