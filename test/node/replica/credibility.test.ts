/** A version from far ahead: believed, alone or unclear, by what owners hold. */
import * as assert from 'uvu/assert';
import type { Version } from '../../../src/core/data/version.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Credibility } from '../../../src/node/replica/credibility.js';
import { suite } from '../../support/runner/suite.js';
import { idOf, ringOf } from '../one-node.js';

const test = suite('credibility');
const FAR = 1_000_000;
const KEY = Buffer.from('k');
const at = (time: number): Version => ({ epoch: 5, time, node: idOf('b') });
const [A, B, C] = ['a', 'b', 'c'].map(idOf) as [string, string, string];

/** `held`: the time of what owners hold; 0 is nothing, and who is not named does not answer. */
function start(held: { readonly [owner: string]: number }, ring: Ring = ringOf(5, 'a', 'b', 'c')) {
  const asked: string[] = [];
  const believed: number[] = [];
  const { creditOf } = new Credibility({
    rings: { inForce: ring },
    calls: {
      request: (owner, _type, _body, _timeoutMs, done) => {
        asked.push(owner);
        const time = held[owner];
        const version = time ? at(time) : undefined;
        const reply = { type: 'replica.found', call: 1, outcome: 'ok', epoch: 5, version };
        done((time === undefined ? 'timeout' : { ...reply, record: undefined }) as never, 0);
      },
    },
    versionClock: {
      isImplausible: ({ time }) => time >= FAR,
      believe: ({ time }) => believed.push(time),
    },
  });
  return { asked, believed, creditOf };
}

test('nothing special about it -> believed, and nobody is asked', () => {
  const { asked, creditOf } = start({});
  assert.is(creditOf(KEY, at(FAR - 1)), 'believed');
  assert.equal(asked, []);
});

test('most hold it, or what came after it -> believed, and the clock is told', async () => {
  for (const held of [
    { [A]: FAR, [B]: FAR, [C]: 0 },
    { [A]: FAR, [C]: FAR + 7 },
  ]) {
    const { asked, believed, creditOf } = start(held);
    assert.is(await creditOf(KEY, at(FAR)), 'believed');
    assert.equal(asked.sort(), [A, B, C]);
    assert.equal(believed, [FAR]);
  }
});

test('so many lack it that no majority is left -> alone', async () => {
  const { believed, creditOf } = start({ [A]: FAR, [B]: 3, [C]: 0 });
  assert.is(await creditOf(KEY, at(FAR)), 'alone');
  assert.equal(believed, []);
});

test('too few answer -> unclear', async () => {
  const { believed, creditOf } = start({ [A]: FAR, [B]: 3 });
  assert.is(await creditOf(KEY, at(FAR)), 'unclear');
  assert.equal(believed, []);
});

test('the only owner holds it -> believed', async () => {
  const { creditOf } = start({ [A]: FAR }, ringOf(5, 'a'));
  assert.is(await creditOf(KEY, at(FAR)), 'believed');
});

test.run();
