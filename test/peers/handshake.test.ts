/** The handshake, frame by frame: no sockets, no time. */
import * as assert from 'uvu/assert';
import { CLOSE, Refusal } from '../../src/peers/closing.js';
import {
  Handshake,
  type PeerIdentity,
  type Purpose,
  type Versions,
} from '../../src/peers/handshake.js';
import { suite } from '../support/runner/suite.js';

const test = suite('handshake');

const CONTROL: Purpose = { channel: 'control', session: '5'.repeat(32) };

interface Side {
  readonly own?: Partial<PeerIdentity>;
  readonly secret?: string;
  readonly versions?: Versions;
}

function identity(digit: string, overrides: Partial<PeerIdentity> = {}): PeerIdentity {
  return {
    nodeId: digit.repeat(16),
    bootId: `boot ${digit}`,
    clusterId: 'c'.repeat(32),
    address: `127.0.0.1:${digit}`,
    epoch: 3,
    nonce: digit.repeat(64),
    ...overrides,
  };
}

function dialler({ own, secret = 'secret', versions }: Side = {}, purpose = CONTROL): Handshake {
  return new Handshake({ own: identity('1', own), secret, purpose, ...(versions && { versions }) });
}

function acceptor({ own, secret = 'secret', versions }: Side = {}): Handshake {
  return new Handshake({ own: identity('2', own), secret, ...(versions && { versions }) });
}

/** Both hellos are exchanged; the proofs are still to come. */
function introduced(first = dialler(), second = acceptor()) {
  second.readHello(first.hello());
  first.readHello(second.hello());
  return { first, second };
}

function refusalOf(step: () => unknown): Refusal {
  try {
    step();
  } catch (error) {
    assert.instance(error, Refusal);
    return error as Refusal;
  }
  throw new Error('it was not refused');
}

for (const secret of ['secret', '']) {
  test(`the same secret "${secret}" -> each learns who the other is, and believes it`, () => {
    const first = dialler({ secret }, { channel: 'bulk', session: 'abc' });
    const second = acceptor({ secret });
    const purpose = { channel: 'bulk', session: 'abc' };
    assert.equal(second.readHello(first.hello()), { ...identity('1'), ...purpose });
    assert.equal(first.readHello(second.hello()), { ...identity('2'), ...purpose });
    second.checkProof(first.proof());
    first.checkProof(second.proof());
  });
}

test('another secret -> refused by whoever checks first', () => {
  const { first, second } = introduced(dialler(), acceptor({ secret: 'Secret' }));
  assert.is(refusalOf(() => second.checkProof(first.proof())).code, CLOSE.secret);
  assert.is(refusalOf(() => first.checkProof(second.proof())).code, CLOSE.secret);
});

test('a proof of the wrong length -> refused', () => {
  const { first, second } = introduced();
  const proof = first.proof();
  for (const wrong of [Buffer.alloc(0), proof.subarray(1), Buffer.concat([proof, proof])]) {
    assert.is(refusalOf(() => second.checkProof(wrong)).code, CLOSE.secret);
  }
});

test('whom the dialler expects at the address -> told behind the version, or not at all', () => {
  const said = (purpose: object, own: object = {}) => {
    const first = dialler({ own }, { ...CONTROL, ...purpose });
    const { expects, programVersion } = acceptor().readHello(first.hello());
    return { expects, programVersion };
  };
  const expects = 'e'.repeat(16);
  assert.equal(said({ expects }), { expects, programVersion: undefined });
  const programVersion = '1.2.3';
  assert.equal(said({ expects }, { programVersion }), { expects, programVersion });
  assert.equal(said({}, { programVersion }), { expects: undefined, programVersion });
  assert.equal(said({ expects: 'no id' }), { expects: undefined, programVersion: undefined });
});

test('no cluster yet, on either side or both -> welcome', () => {
  introduced(dialler({ own: { clusterId: '' } }), acceptor());
  introduced(dialler(), acceptor({ own: { clusterId: '' } }));
  introduced(dialler({ own: { clusterId: '' } }), acceptor({ own: { clusterId: '' } }));
});

test('version ranges that do not meet -> refused, both ranges are named', () => {
  const hello = dialler({ versions: { oldest: 4, newest: 6 } }).hello();
  const refusal = refusalOf(() =>
    acceptor({ versions: { oldest: 1, newest: 3 } }).readHello(hello),
  );
  assert.is(refusal.code, CLOSE.protocolVersion);
  assert.match(refusal.message, '1 to 3');
  assert.match(refusal.message, '4 to 6');
});

test('a hello of a later version, not readable -> refused as a version', () => {
  const hello = dialler({ versions: { oldest: 9, newest: 9 } }).hello();
  assert.is(
    refusalOf(() => acceptor().readHello(hello.subarray(0, 8))).code,
    CLOSE.protocolVersion,
  );
});

test('version ranges that meet, and fields of a later version -> welcome', () => {
  const first = dialler({ versions: { oldest: 1, newest: 3 } });
  introduced(first, acceptor({ versions: { oldest: 3, newest: 7 } }));
  const purpose = { ...CONTROL, expects: 'e'.repeat(16) };
  const today = dialler({ own: { programVersion: '1.2.3' } }, purpose).hello();
  const extended = Buffer.concat([today, Buffer.from('a later field')]);
  assert.is(acceptor().readHello(extended).nodeId, '1'.repeat(16));
});

test('the version of the program -> learnt from who says it; cut short -> malformed', () => {
  const hello = dialler({ own: { programVersion: '1.2.3' } }).hello();
  assert.is(acceptor().readHello(hello).programVersion, '1.2.3');
  assert.is(acceptor().readHello(dialler().hello()).programVersion, undefined);
  const first = dialler({ own: { programVersion: '1.2.3' } });
  const { second } = introduced(first, acceptor({ own: { programVersion: '1.2.4' } }));
  second.checkProof(first.proof());
  const cut = refusalOf(() => acceptor().readHello(hello.subarray(0, -1)));
  assert.is(cut.code, CLOSE.malformed);
});

test('the node dialled itself, or a copy of it -> refused as what it is', () => {
  const hello = dialler().hello();
  const itself = new Handshake({ own: identity('1', { nonce: '7'.repeat(64) }), secret: 'secret' });
  assert.is(refusalOf(() => itself.readHello(hello)).code, CLOSE.self);
  const copy = new Handshake({ own: identity('1', { bootId: 'other' }), secret: 'secret' });
  assert.is(refusalOf(() => copy.readHello(hello)).code, CLOSE.identity);
});

test('the recorded frames of one handshake in another -> the old proof fits no new nonce', () => {
  const recorded = dialler();
  const second = acceptor();
  const hello = recorded.hello();
  second.readHello(hello);
  recorded.readHello(second.hello());
  const proof = recorded.proof();
  second.checkProof(proof);
  const again = acceptor({ own: { nonce: '9'.repeat(64) } });
  again.readHello(hello);
  again.hello();
  assert.is(refusalOf(() => again.checkProof(proof)).code, CLOSE.secret);
});

test('the own frames sent back -> neither hello nor proof is taken', () => {
  const { first, second } = introduced();
  assert.is(refusalOf(() => first.checkProof(first.proof())).code, CLOSE.secret);
  assert.is(refusalOf(() => second.checkProof(second.proof())).code, CLOSE.secret);
  const mirrored = dialler();
  assert.is(refusalOf(() => mirrored.readHello(mirrored.hello())).code, CLOSE.self);
});

test('a proof for the other role, got from a second connection -> refused', () => {
  // The attacker dials the node whose proof it needs, with the nonces of the connection at hand.
  const { first } = introduced();
  const lured = dialler({ own: { nodeId: '2'.repeat(16), nonce: '2'.repeat(64) } });
  lured.hello();
  lured.readHello(dialler().hello());
  assert.is(refusalOf(() => first.checkProof(lured.proof())).code, CLOSE.secret);
});

test('any bit of a hello changed on the way -> refused', () => {
  const original = dialler().hello();
  for (let bit = 0; bit < original.length * 8; bit++) {
    const first = dialler();
    const second = acceptor();
    const changed = Buffer.from(first.hello());
    changed[bit >> 3]! ^= 1 << (bit & 7);
    refusalOf(() => {
      second.readHello(changed);
      // A changed purpose is noticed by the dialler first.
      first.readHello(second.hello());
      second.checkProof(first.proof());
    });
  }
});

test('an answer for another socket -> refused', () => {
  const first = dialler();
  first.hello();
  const second = acceptor();
  second.readHello(dialler({}, { channel: 'bulk', session: 'else' }).hello());
  assert.is(refusalOf(() => first.readHello(second.hello())).code, CLOSE.malformed);
});

test('what is no hello -> refused as malformed', () => {
  const hello = dialler().hello();
  const badAddress = dialler({ own: { address: 'http://host/path' } }).hello();
  const frames = [Buffer.alloc(0), Buffer.from('GET / HTTP/1.1'), badAddress];
  for (let length = 1; length < hello.length; length++) frames.push(hello.subarray(0, length));
  for (const frame of frames) {
    assert.is(refusalOf(() => acceptor().readHello(frame)).code, CLOSE.malformed);
  }
});

test.run();
