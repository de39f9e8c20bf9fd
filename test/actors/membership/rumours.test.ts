/** Rumours: how often, how many, which first. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { claimBytes, Rumours, sendLimit } from '../../../actors/membership/rumours.js';
import { Reader, Writer } from '../../../src/core/codec.js';
import { RUMOURS_LIMIT } from '../../../src/core/wire/limits.js';
import { readMessage, writeMessage } from '../../../src/core/wire/messages.js';
import { suite } from '../../support/runner/suite.js';
import { claim, claims } from './claims.js';

const test = suite('membership rumours');

const PLENTY = 1 << 20;
const names = (taken: readonly { address: string }[]) => taken.map(({ address }) => address[0]);

test('sends per rumour: λ · ⌈log10(n + 1)⌉', () => {
  const limits = [1, 2, 9, 10, 50, 99, 100, 1000].map((members) => sendLimit(members, 4));
  assert.equal(limits, [4, 4, 4, 8, 8, 8, 12, 16]);
});

test('no rumours -> nothing', () => {
  assert.equal(new Rumours().take(PLENTY, 4), []);
});

test('least sent first, among equals the oldest', () => {
  const rumours = new Rumours();
  rumours.spread(claim('a1'));
  rumours.spread(claim('b1'));
  assert.equal(names(rumours.take(PLENTY, 4)), ['a', 'b']);
  rumours.spread(claim('c1'));
  rumours.spread(claim('d1'));
  assert.equal(names(rumours.take(PLENTY, 4)), ['c', 'd', 'a', 'b']);
});

test('newer news of the same member replaces the older and starts over', () => {
  const rumours = new Rumours();
  rumours.spread(claim('a1'));
  rumours.take(PLENTY, 2);
  rumours.spread(claim('a2'));
  assert.is(rumours.size, 1);
  assert.equal(rumours.take(PLENTY, 2), [claim('a2')]);
  assert.equal(rumours.take(PLENTY, 2), [claim('a2')]);
  assert.equal(rumours.take(PLENTY, 2), []);
  assert.is(rumours.size, 0);
});

test('no room for all -> the others ride on the next message', () => {
  const rumours = new Rumours();
  for (const name of ['a', 'b', 'c']) rumours.spread(claim(`${name}1`));
  const room = 2 * claimBytes(claim('a1'));
  assert.equal(names(rumours.take(room, 9)), ['a', 'b']);
  assert.equal(names(rumours.take(room, 9)), ['c', 'a']);
});

test('the bytes of a claim are those it takes on the wire', () => {
  fc.assert(
    fc.property(claims, (one) => {
      const writer = new Writer();
      const bytesOf = (rumours: (typeof one)[]) => {
        writeMessage(writer, { type: 'swim.nack', probe: 1, rumours });
        return writer.finish();
      };
      const frame = bytesOf([one]);
      assert.is(frame.length - bytesOf([]).length, claimBytes(one));
      assert.equal(readMessage(new Reader(frame)), { type: 'swim.nack', probe: 1, rumours: [one] });
    }),
  );
});

test('any use -> each rumour at most as often as allowed, each message within its bounds', () => {
  const spread = claims.map((one) => ({ ...one, address: 'h'.repeat(one.incarnation * 50) }));
  const steps = fc.array(fc.oneof(spread, fc.integer({ min: 0, max: 1500 })), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (all, maxSends) => {
      const rumours = new Rumours();
      const sends = new Map<string, number>();
      for (const step of all) {
        if (typeof step !== 'number') {
          rumours.spread(step);
          sends.set(step.id, 0);
          continue;
        }
        const taken = rumours.take(step, maxSends);
        assert.ok(taken.reduce((bytes, one) => bytes + claimBytes(one), 0) <= step);
        assert.is(new Set(taken.map(({ id }) => id)).size, taken.length);
        for (const { id } of taken) sends.set(id, sends.get(id)! + 1);
        for (const count of sends.values()) assert.ok(count <= maxSends);
      }
      while (rumours.take(PLENTY, maxSends).length > 0);
      assert.is(rumours.size, 0);
    }),
  );
});

test('very many rumours -> a message takes no more than it may carry', () => {
  const rumours = new Rumours();
  for (let i = 0; i < 200; i++) {
    rumours.spread({ ...claim('a1'), id: i.toString(16).padStart(16, '0') });
  }
  // One place is left for what the receiver must hear of itself.
  assert.is(rumours.take(PLENTY, 4).length, RUMOURS_LIMIT - 1);
});

test.run();
