/** Keys that have broken other stores: each is either itself, byte for byte, or refused. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { decodeKey, type KeyProblem, keyFromText, keyProblem } from '../../../src/core/data/key.js';
import { buffers } from '../../support/data/arbitraries.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('key');

const EMPTY: KeyProblem = 'the key is empty';
const TOO_LONG: KeyProblem = 'the key is longer than 1024 bytes';
const NOT_UTF8: KeyProblem = 'the key is not valid UTF-8';
const BROKEN_ESCAPE: KeyProblem = 'the key has a broken percent escape';

/** [as it stands in a request target, the key as hexadecimal bytes or the problem] */
const RAW: readonly [string, string | { problem: KeyProblem }][] = [
  ['.', '2e'],
  ['..', '2e2e'],
  ['%2e', '2e'],
  ['%2E%2e', '2e2e'],
  ['a/b', '612f62'],
  ['a%2Fb', '612f62'],
  ['a%2fb', '612f62'],
  ['a//b/', '612f2f622f'],
  ['%252F', '253246'],
  ['+', '2b'],
  ['a%20b', '612062'],
  ['__proto__', '5f5f70726f746f5f5f'],
  ['constructor', '636f6e7374727563746f72'],
  ['%00', '00'],
  ['a%00b', '610062'],
  ['%C3%A9', 'c3a9'],
  ['e%CC%81', '65cc81'],
  ['%F0%9F%98%80', 'f09f9880'],
  ['\u{1F600}', 'f09f9880'],
  ['é%C3%A9', 'c3a9c3a9'],
  ['%EF%BB%BFa', 'efbbbf61'],
  ['k'.repeat(1024), '6b'.repeat(1024)],
  ['%6B'.repeat(1024), '6b'.repeat(1024)],
  ['é'.repeat(512), 'c3a9'.repeat(512)],
  ['', { problem: EMPTY }],
  ['k'.repeat(1025), { problem: TOO_LONG }],
  ['%6B'.repeat(1025), { problem: TOO_LONG }],
  ['é'.repeat(513), { problem: TOO_LONG }],
  ['%', { problem: BROKEN_ESCAPE }],
  ['a%', { problem: BROKEN_ESCAPE }],
  ['%2', { problem: BROKEN_ESCAPE }],
  ['%zz', { problem: BROKEN_ESCAPE }],
  ['%2z', { problem: BROKEN_ESCAPE }],
  ['%+1', { problem: BROKEN_ESCAPE }],
  ['%%32', { problem: BROKEN_ESCAPE }],
  ['%FF', { problem: NOT_UTF8 }],
  ['%C3', { problem: NOT_UTF8 }],
  ['%C0%AF', { problem: NOT_UTF8 }],
  ['%ED%A0%80', { problem: NOT_UTF8 }],
  ['%F4%90%80%80', { problem: NOT_UTF8 }],
];

for (const [raw, expected] of RAW) {
  const shown = raw.length > 20 ? `${raw.slice(0, 6)}… (${raw.length})` : raw;
  const outcome = typeof expected === 'string' ? 'itself' : expected.problem;
  test(`target ${JSON.stringify(shown)} -> ${outcome}`, () => {
    const key = decodeKey(raw);
    if (typeof expected === 'string') assert.is(hexOf(key), expected);
    else assert.is(key, expected.problem);
  });
}

test('composed and decomposed é -> two keys', () => {
  assert.is.not(hexOf(keyFromText('é')), hexOf(keyFromText('e\u0301')));
  assert.is.not(hexOf(decodeKey('%C3%A9')), hexOf(decodeKey('e%CC%81')));
});

test('a lone surrogate in JSON -> refused, not replaced', () => {
  assert.is(keyFromText('\ud800'), NOT_UTF8);
  assert.is(keyFromText('a\udfffb'), NOT_UTF8);
  assert.is(hexOf(keyFromText('\ud83d\ude00')), 'f09f9880');
});

test('text is taken as it is -> no escape is decoded', () => {
  assert.is(hexOf(keyFromText('%2e')), '253265');
  assert.is(keyFromText(''), EMPTY);
  assert.is(keyFromText('é'.repeat(513)), TOO_LONG);
});

test('any well-formed text -> the same key escaped in a target as plain in JSON', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
      assert.is(hexOf(decodeKey(encodeURIComponent(text))), Buffer.from(text).toString('hex'));
      assert.is(hexOf(keyFromText(text)), Buffer.from(text).toString('hex'));
    }),
  );
});

test('any bytes, escaped -> themselves if they are UTF-8, else refused', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const isText = (bytes: Buffer): boolean => {
    try {
      strict.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(buffers(6, 1), (bytes) => {
      const raw = bytes.toString('hex').replace(/../g, '%$&');
      const key = decodeKey(raw);
      assert.is(
        typeof key === 'string' ? key : hexOf(key),
        isText(bytes) ? bytes.toString('hex') : NOT_UTF8,
      );
      assert.is(keyProblem(bytes), isText(bytes) ? undefined : NOT_UTF8);
    }),
    { numRuns: 1000 },
  );
});

function hexOf(key: Buffer | KeyProblem): string {
  if (typeof key === 'string') throw new Error(key);
  return key.toString('hex');
}

test.run();
