/** Manifests that make sense, and what is said of others. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { manifestOf, parseManifest } from '../../../src/cli/backup/manifest.js';
import { ANY_TIME } from '../../../src/core/wire/backup-stream.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('manifest');
const ID = 'a'.repeat(16);
const NODE = {
  ...{ id: ID, address: '127.0.0.1:8080', file: `${ID}.records`, bytes: 9 },
  ...{ sha256: '0'.repeat(64), hints: 0, rows: 1, tombstones: 0, unreadable: 0 },
};
const MANIFEST = manifestOf({
  ...{ begun: '2026-11-30T08:00:00.000Z', ended: '2026-11-30T08:00:01.000Z' },
  latest: 1_796_025_602_000,
  clusterId: 'c'.repeat(32),
  ring: { epoch: 7, replicas: 3, writeQuorum: 2, readQuorum: 2, partitions: 256 },
  nodes: [NODE],
  missing: [],
});

test('written and read -> the same', () => {
  const partial = { partitions: 3, warning: 'some are missing' };
  for (const manifest of [MANIFEST, { ...MANIFEST, partial }]) {
    assert.equal(parseManifest(JSON.stringify(manifest)), manifest);
  }
});

test('of before there was a latest time -> everything is believed', () => {
  const { latest: _, ...before } = MANIFEST;
  assert.equal(parseManifest(JSON.stringify(before)), { ...MANIFEST, latest: ANY_TIME });
});

test('what is none -> a sentence', () => {
  for (const [text, why] of [
    ['', 'it is not JSON, or was cut'],
    [JSON.stringify(MANIFEST).slice(0, -1), 'it is not JSON, or was cut'],
    ['null', 'it is not of a backup of Quorate'],
    ['[1]', 'it is not of a backup of Quorate'],
  ] as const) {
    assert.throws(
      () => parseManifest(text),
      (error: Error) => error.message === why,
      text,
    );
  }
});

test('a field that makes no sense -> named', () => {
  for (const [fields, why] of [
    [{ version: 2 }, 'its version is 2, and has to be 1'],
    [{ clusterId: '../../x' }, 'its clusterId makes no sense'],
    [{ begun: 5 }, 'its begun makes no sense'],
    [{ latest: '2026' }, 'its latest makes no sense'],
    [{ ring: undefined }, 'its ring.epoch makes no sense'],
    [{ ring: { ...MANIFEST.ring, epoch: -1 } }, 'its ring.epoch makes no sense'],
    [{ ring: { ...MANIFEST.ring, partitions: 3 } }, 'its ring.partitions makes no sense'],
    [{ ring: { ...MANIFEST.ring, writeQuorum: 0 } }, 'its ring.writeQuorum makes no sense'],
    [{ nodes: [] }, 'its nodes makes no sense'],
    [{ nodes: [NODE, NODE] }, 'its nodes makes no sense'],
    [{ nodes: [{ ...NODE, file: '../secret' }] }, 'its nodes makes no sense'],
    [{ nodes: [{ ...NODE, rows: 0.5 }] }, 'its nodes makes no sense'],
    [{ nodes: [{ ...NODE, sha256: 'x' }] }, 'its nodes makes no sense'],
    [{ nodes: { length: 1 } }, 'its nodes makes no sense'],
    [{ missing: [{}] }, 'its missing makes no sense'],
    [{ partial: {} }, 'its partial makes no sense'],
  ] as const) {
    assert.throws(
      () => parseManifest(JSON.stringify({ ...MANIFEST, ...fields })),
      (error: Error) => error.message === why,
      why,
    );
  }
});

test('any JSON -> a manifest, or a sentence', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...Object.keys(MANIFEST)), fc.jsonValue()),
      (some) => {
        try {
          parseManifest(JSON.stringify({ ...MANIFEST, ...some }));
        } catch (error) {
          assert.match((error as Error).message, /^its? /);
        }
      },
    ),
  );
});

test.run();
