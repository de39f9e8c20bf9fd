/** In the long run no more than the rate, whatever is asked for at once. */
import * as assert from 'uvu/assert';
import { Throttle } from '../../../src/node/base/throttle.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('throttle');

/** 1,000 bytes each second, on a clock that is moved by hand. */
function start() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const throttle = new Throttle({
    clock: {
      now: () => now,
      monotonic: () => now,
      setTimeout: (run: () => void, ms: number) => timers.push({ at: now + ms, run }),
      clearTimeout: () => undefined,
    },
    bytesPerSecond: 1000,
  });
  const passed: string[] = [];
  return {
    throttle,
    passed,
    go: (name: string) => throttle.ready().then(() => passed.push(name)),
    async pass(ms: number) {
      now += ms;
      const due = timers.filter(({ at }) => at <= now);
      timers = timers.filter(({ at }) => at > now);
      for (const { run } of due) {
        run();
        await new Promise(setImmediate);
      }
    },
  };
}

test('nothing spent -> nobody waits', async () => {
  const { throttle } = start();
  await throttle.ready();
  await throttle.ready();
});

test('overdrawn -> waits until the debt is paid, and no longer', async () => {
  const { throttle, go, pass, passed } = start();
  throttle.spend(0, 600);
  const went = go('next');
  await pass(499);
  assert.equal(passed, []);
  await pass(1);
  assert.equal(passed, ['next']);
  await went;
});

test('one of those that waited spends -> the others wait on', async () => {
  const { throttle, go, pass, passed } = start();
  throttle.spend(0, 200);
  const spender = throttle.ready().then(() => {
    throttle.spend(0, 300);
    passed.push('spender');
  });
  const other = go('other');
  await pass(100);
  assert.equal(passed, ['spender']);
  await pass(300);
  assert.equal(passed, ['spender', 'other']);
  await Promise.all([spender, other]);
});

test('one never rests -> the others come to their turn', async () => {
  const { throttle, go, pass, passed } = start();
  throttle.spend(0, 200);
  const spendAndComeBack = async (): Promise<void> => {
    await throttle.ready();
    passed.push('restless');
    throttle.spend(0, 300);
    if (passed.length < 6) await spendAndComeBack();
  };
  const restless = spendAndComeBack();
  const others = [go('second'), go('third')];
  for (let ms = 0; ms < 3000; ms += 50) await pass(50);
  assert.equal(passed.slice(0, 4), ['restless', 'second', 'third', 'restless']);
  await Promise.all([restless, ...others]);
});

test('a row costs more than its bytes: many small ones are slowed down as well', async () => {
  const { throttle, go, pass, passed } = start();
  throttle.spend(10, 0);
  const went = go('next');
  await pass(1000);
  assert.equal(passed, []);
  await pass(10_000);
  assert.equal(passed, ['next']);
  await went;
});

test('a long rest -> saves up a little, not all of it', async () => {
  const { throttle, go, pass, passed } = start();
  await pass(60_000);
  throttle.spend(0, 1100);
  const went = go('next');
  await pass(999);
  assert.equal(passed, []);
  await pass(1);
  assert.equal(passed, ['next']);
  await went;
});

test.run();
