/** What is read from a disk is taken for a version only if it is one. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { NO_VERSION, type Version } from '../../../src/core/data/version.js';
import {
  bytesOfVersion,
  isVersionAt,
  isVersionBytes,
  listedVersion,
  parseVersionBytes,
  putVersionBytes,
  VERSION_BYTES,
  versionBytes,
} from '../../../src/core/data/version-bytes.js';
import { versions } from '../../support/data/arbitraries.js';
import { record } from '../../support/data/records.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('bytes of a version');

const VERSION: Version = { epoch: 3, time: 0, node: '09afbcde12345678' };

test('any version -> its bytes, and back; put among others, they are the same', () => {
  fc.assert(
    fc.property(versions, (version) => {
      const bytes = bytesOfVersion(version);
      assert.ok(isVersionBytes(bytes));
      assert.equal(parseVersionBytes(bytes), version);
      const among = Buffer.alloc(VERSION_BYTES + 2, '-');
      putVersionBytes(among, 1, version);
      assert.equal(among.toString('latin1'), `-${bytes.toString('latin1')}-`);
      assert.equal(versionBytes(record('k', { version })), bytes);
    }),
  );
});

test('no version: another length, another type -> is none', () => {
  const bytes = bytesOfVersion(VERSION);
  const long = Buffer.concat([bytes, Buffer.alloc(1)]);
  for (const other of [null, 7, bytes.toString('latin1'), bytes.subarray(1), long]) {
    assert.not(isVersionBytes(other));
    assert.equal(listedVersion(other), bytesOfVersion(NO_VERSION));
  }
  assert.is(listedVersion(bytes), bytes);
});

test('no version: a time that no clock shows -> is none', () => {
  for (const time of [-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1]) {
    assert.not(isVersionBytes(bytesWith((bytes) => bytes.writeDoubleBE(time, 4))), String(time));
  }
  assert.ok(isVersionBytes(bytesWith((bytes) => bytes.writeDoubleBE(Number.MAX_SAFE_INTEGER, 4))));
});

test('no version: a node that is not of hexadecimal digits -> is none, wherever it stands', () => {
  for (let at = VERSION_BYTES - VERSION.node.length; at < VERSION_BYTES; at++) {
    for (const digit of '09af') {
      assert.ok(isVersionBytes(bytesWith((bytes) => bytes.write(digit, at))), `${digit} at ${at}`);
    }
    for (const other of ['/', ':', '`', 'g']) {
      assert.not(isVersionBytes(bytesWith((bytes) => bytes.write(other, at))), `${other} at ${at}`);
    }
  }
});

test('among other bytes -> only its own are looked at', () => {
  const among = Buffer.concat([Buffer.alloc(5, 0xff), bytesOfVersion(VERSION), Buffer.alloc(5)]);
  assert.ok(isVersionAt(among, 5));
  assert.not(isVersionAt(among, 4));
});

function bytesWith(change: (bytes: Buffer) => void): Buffer {
  const bytes = bytesOfVersion(VERSION);
  change(bytes);
  return bytes;
}

test.run();
