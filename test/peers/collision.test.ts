/** Which of two connections stays: by both ends, without sockets. */
import * as assert from 'uvu/assert';
import { CLOSE } from '../../src/peers/closing.js';
import { refusalOfAccepted, refusalOfDialled, type Standing } from '../../src/peers/collision.js';
import type { Hello } from '../../src/peers/handshake.js';
import type { Session } from '../../src/peers/session.js';
import { suite } from '../support/runner/suite.js';

const test = suite('collision');

const SMALL = '1'.repeat(16);
const LARGE = '2'.repeat(16);
const CLUSTER = 'c'.repeat(32);

function helloOf(nodeId: string, more: Partial<Hello> = {}): Hello {
  return {
    nodeId,
    bootId: 'boot',
    clusterId: CLUSTER,
    address: '127.0.0.1:1',
    epoch: 1,
    channel: 'control',
    session: 's',
    nonce: 'n',
    ...more,
  };
}

function standing(self: string, more: Partial<Standing> = {}): Standing {
  return { self, clusterId: CLUSTER, session: undefined, isProving: false, ...more };
}

function sessionBy(dialler: string, hasBulk = false): Session {
  return { id: 's', dialler, hasBulk } as Session;
}

const accepted = (peer: Hello, at: Standing) => refusalOfAccepted(peer, at)?.code;
const dialled = (peer: Hello, at: Standing, expected?: string) =>
  refusalOfDialled({ address: 'x', peer: expected, bulkOf: undefined }, peer, at)?.code;

test('nothing stands -> both ways are open', () => {
  assert.is(accepted(helloOf(LARGE), standing(SMALL)), undefined);
  assert.is(dialled(helloOf(LARGE), standing(SMALL)), undefined);
});

test('both dial at once -> the connection of the smaller id stays, at both ends', () => {
  const proving = { isProving: true };
  assert.is(accepted(helloOf(LARGE), standing(SMALL, proving)), CLOSE.duplicate);
  assert.is(accepted(helloOf(SMALL), standing(LARGE, proving)), undefined);
});

test('a connection stands, and is dialled once more -> no second proof', () => {
  for (const by of [SMALL, LARGE]) {
    const at = standing(SMALL, { session: sessionBy(by) });
    assert.is(dialled(helloOf(LARGE), at), CLOSE.duplicate);
  }
  assert.is(dialled(helloOf(LARGE), standing(SMALL, { isProving: true })), CLOSE.duplicate);
});

test('a dialler that connects again -> is let in; one that we dialled is not', () => {
  const theirs = standing(SMALL, { session: sessionBy(LARGE) });
  assert.is(accepted(helloOf(LARGE), theirs), undefined);
  const ours = standing(SMALL, { session: sessionBy(SMALL) });
  assert.is(accepted(helloOf(LARGE), ours), CLOSE.duplicate);
});

test('another node than was dialled, or of another cluster -> refused', () => {
  assert.is(dialled(helloOf(LARGE), standing(SMALL), '3'.repeat(16)), CLOSE.otherNode);
  const other = helloOf(LARGE, { clusterId: 'd'.repeat(32) });
  assert.is(dialled(other, standing(SMALL)), CLOSE.cluster);
  assert.is(accepted(other, standing(SMALL)), CLOSE.cluster);
});

test('another process with its id, elsewhere -> whichever shows life stays', () => {
  for (const refusalOf of [accepted, dialled]) {
    const at = (lives: boolean) => standing(SMALL, { rival: { address: 'y:1', lives } });
    assert.is(refusalOf(helloOf(LARGE), at(true)), CLOSE.identity);
    assert.is(
      refusalOf(helloOf(LARGE), at(false)),
      CLOSE.duplicate,
      'it is asked, and tries again',
    );
  }
});

test('a bulk socket -> only to the session that it names, and only one', () => {
  const bulk = helloOf(LARGE, { channel: 'bulk' });
  for (const refusalOf of [accepted, dialled]) {
    assert.is(refusalOf(bulk, standing(SMALL)), CLOSE.noSession);
    assert.is(refusalOf(bulk, standing(SMALL, { session: sessionBy(SMALL) })), undefined);
    const full = standing(SMALL, { session: sessionBy(SMALL, true) });
    assert.is(refusalOf(bulk, full), CLOSE.noSession);
    const other = { ...bulk, session: 'another' };
    assert.is(refusalOf(other, standing(SMALL, { session: sessionBy(SMALL) })), CLOSE.noSession);
  }
});

test.run();
