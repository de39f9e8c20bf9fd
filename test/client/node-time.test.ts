/** What is reckoned of a node's time: never ahead of it by much, however late it was told. */
import * as assert from 'uvu/assert';
import { NodeTime } from '../../src/client/node-time.js';
import { ManualClock } from '../peers/manual-clock.js';
import { suite } from '../support/runner/suite.js';

const test = suite('time of a node');

test('told -> goes on from there, and begins again at 0 after 32 bits', () => {
  const clock = new ManualClock();
  clock.advance(777);
  const time = new NodeTime(clock);
  time.told(0xffffff00);
  assert.is(time.at(clock.now()), 0xffffff00);
  clock.advance(0x200);
  assert.is(time.at(clock.now()), 0x100);
  time.told(0x180);
  assert.is(time.at(clock.now()), 0x180, 'what is told later is nearer to it');
});

test('told late -> the promptest counts, and nothing is ever ahead', () => {
  const clock = new ManualClock();
  const time = new NodeTime(clock);
  for (const lateMs of [300, 20, 2000, 0, 700, 10]) {
    time.told(clock.now() + 5000 - lateMs);
    assert.ok(time.at(clock.now()) <= clock.now() + 5000);
    clock.advance(5000);
  }
  const behind = clock.now() + 5000 - time.at(clock.now());
  assert.ok(behind >= 0 && behind <= 15, `${behind} ms behind`);
});

test('a clock that is slower or faster -> followed', () => {
  for (const speed of [1.0005, 0.9995]) {
    const clock = new ManualClock();
    const time = new NodeTime(clock);
    for (let i = 0; i < 2000; i++) {
      time.told(Math.floor(clock.now() * speed));
      clock.advance(5000);
    }
    const apart = clock.now() * speed - time.at(clock.now());
    assert.ok(Math.abs(apart) < 10, `${apart} ms apart, at a speed of ${speed}`);
  }
});

test.run();
