/** When a node that has something to answer is asked for a sign of life, and when given up. */
import * as assert from 'uvu/assert';
import { SignOfLife } from '../../src/client/sign-of-life.js';
import { suite } from '../support/runner/suite.js';

const test = suite('sign of life');

/** A socket, and what lies in it unsent. */
class Raw {
  bytesRead = 0;
  bytesWritten = 0;
  readonly _handle = { bytesWritten: 0, writeQueueSize: 0 };

  write(bytes: number, unsent = 0): void {
    this.bytesWritten += bytes;
    this._handle.bytesWritten += bytes;
    this._handle.writeQueueSize += unsent;
  }
}

/** What so many looks said, but for nothing. */
function look(life: SignOfLife, times: number, between: () => void = () => undefined): string[] {
  return Array.from({ length: times }, () => {
    between();
    return life.look();
  }).filter((due) => due !== 'nothing');
}

test('silent -> asked once, and given up behind that; our own bytes are no sign', () => {
  const raw = new Raw();
  const life = new SignOfLife(raw);
  raw.write(100);
  assert.equal(look(life, 49), []);
  assert.equal(look(life, 1), ['ask']);
  raw.write(6);
  assert.equal(look(life, 74), []);
  assert.equal(look(life, 1), ['giveUp']);
});

test('bytes of a large answer, however slowly -> it is there', () => {
  const raw = new Raw();
  const life = new SignOfLife(raw);
  for (let piece = 0; piece < 10; piece++) {
    raw.bytesRead++;
    assert.equal(look(life, 49), []);
  }
});

test('what waits to be sent leaves, however slowly -> it is there; else not', () => {
  const raw = new Raw();
  const life = new SignOfLife(raw);
  raw.write(1000, 1000);
  for (let piece = 0; piece < 10; piece++) {
    assert.equal(look(life, 40), []);
    raw._handle.writeQueueSize -= 10;
  }
  assert.equal(look(life, 200).slice(0, 2), ['ask', 'giveUp']);
});

test('nothing was to come -> that was no silence', () => {
  const raw = new Raw();
  const life = new SignOfLife(raw);
  look(life, 100);
  life.rest();
  assert.equal(look(life, 49), []);
});

test.run();
