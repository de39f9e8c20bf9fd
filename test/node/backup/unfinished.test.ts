/** A restore that came to no end is remembered, until it does. */
import * as assert from 'uvu/assert';
import { UnfinishedRestore } from '../../../src/node/backup/unfinished.js';
import { DamagedMeta } from '../../../src/node/base/meta.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('unfinished restore');

/** A disk that keeps texts, and what a node that starts on it makes of them. */
function diskWith(text?: string) {
  const texts = new Map<string, string>(text === undefined ? [] : [['restore', text]]);
  const store = {
    meta: (name: string) => texts.get(name),
    setMeta(name: string, text: string, done: () => void) {
      texts.set(name, text);
      done();
    },
  };
  return (now: number) => new UnfinishedRestore({ store, clock: { now: () => now } });
}

test('begun -> so after a restart, since the first time; ended -> no more', () => {
  const start = diskWith();
  assert.is(start(1).begunAt, undefined);
  let told = 0;
  start(5).mark(true, () => told++);
  assert.is(start(6).begunAt, 5);
  start(7).mark(true, () => told++);
  assert.is(start(8).begunAt, 5);
  start(9).mark(false, () => told++);
  assert.is(start(10).begunAt, undefined);
  assert.is(told, 3);
});

test('the disk says what makes no sense -> one sentence', () => {
  for (const text of ['', 'x', '{}', '{"begunAt":"today"}', '[]']) {
    assert.throws(
      () => diskWith(text)(1),
      (error: Error) => error instanceof DamagedMeta,
      text,
    );
  }
});

test.run();
