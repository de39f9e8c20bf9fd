/** One subscriber: nothing is lost that is kept, nothing is held for it, and a hole is said. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import type { Frame } from '../../src/events/frame.js';
import { Journal } from '../../src/events/journal.js';
import { isWanted, Subscription } from '../../src/events/subscription.js';
import { NOTHING_KNOWN } from '../../src/events/view.js';
import { suite } from '../support/runner/suite.js';

const test = suite('subscription');

class Subscriber {
  readonly frames: Frame[] = [];
  room = Number.POSITIVE_INFINITY;
  dropped = 0;
  readonly stream: Subscription;

  constructor(journal: Journal, since?: number, types: string[] = []) {
    const sink = {
      isFull: () => this.room <= 0,
      write: (text: string) => {
        this.room--;
        this.frames.push(JSON.parse(text));
      },
    };
    this.stream = new Subscription(journal, { types, since }, sink, {
      now: () => 7,
      onDropped: (count) => {
        this.dropped += count;
      },
    });
  }

  /** Takes so many more frames. */
  take(count: number): void {
    this.room = count;
    this.stream.pump();
  }

  get types(): string[] {
    return this.frames.map(({ type }) => type);
  }

  /** The numbers of the facts. */
  get numbers(): number[] {
    return this.frames.flatMap((frame) => (frame.type === 'node.changed' ? [frame.seq] : []));
  }
}

function start(maxBytes = 1 << 24) {
  let told = 0;
  const journal = new Journal({
    node: 'a'.repeat(16),
    now: () => 1000,
    maxBytes,
    snapshot: () => ({ ...NOTHING_KNOWN, state: `${told}` }),
  });
  const tell = (count: number) => {
    for (let i = 0; i < count; i++) journal.add({ type: 'node.changed', state: `${++told}` });
  };
  return { journal, tell, first: journal.lastSeq + 1 };
}

const upTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('from now on -> a snapshot, then every fact', () => {
  const { journal, tell, first } = start();
  tell(3);
  const subscriber = new Subscriber(journal);
  tell(2);
  assert.equal(subscriber.types, ['snapshot', 'node.changed', 'node.changed']);
  assert.equal(subscriber.numbers, [first + 3, first + 4]);
  subscriber.stream.stop();
  tell(1);
  assert.is(subscriber.numbers.length, 2);
});

test('behind a fact that is kept -> no snapshot, no hole', () => {
  const { journal, tell, first } = start();
  tell(10);
  const subscriber = new Subscriber(journal, first + 4);
  tell(1);
  assert.equal(subscriber.numbers, upTo(first + 5, first + 10));
  assert.not(subscriber.types.includes('snapshot'));
});

test('behind one that is not, or of another life -> a gap, and a snapshot', () => {
  const { journal, tell, first } = start(5000);
  tell(1000);
  for (const since of [first, journal.lastSeq + 1, 0]) {
    const { frames } = new Subscriber(journal, since);
    assert.equal(frames[0], { type: 'gap', at: 7, node: 'a'.repeat(16), since });
    assert.is(frames[1]?.type, 'snapshot');
    assert.is(frames.length, 2);
  }
});

test('10,000 facts, disconnected at random, resumed -> all of them, once, in order', () => {
  const { journal, tell, first } = start();
  let subscriber = new Subscriber(journal);
  const seen: number[] = [];
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 150 }),
      fc.integer({ min: 0, max: 50 }),
      (some, unseen) => {
        tell(some);
        seen.push(...subscriber.numbers);
        subscriber.stream.stop();
        tell(unseen);
        subscriber = new Subscriber(journal, seen.at(-1) ?? first - 1);
      },
    ),
    { numRuns: 200 },
  );
  seen.push(...subscriber.numbers);
  assert.ok(seen.length > 10_000);
  assert.equal(seen, upTo(first, journal.lastSeq));
});

test('too slow for a while -> given the rest when it has room, nothing is left out', () => {
  const { journal, tell, first } = start();
  const subscriber = new Subscriber(journal);
  subscriber.room = 2;
  tell(50);
  assert.ok(subscriber.numbers.length <= 3);
  subscriber.take(10);
  assert.ok(subscriber.numbers.length < 50);
  subscriber.take(Number.POSITIVE_INFINITY);
  tell(1);
  assert.equal(subscriber.numbers, upTo(first, first + 50));
});

test('too slow for what is kept -> told how many are missing, and how things stand', () => {
  const { journal, tell } = start(5000);
  const subscriber = new Subscriber(journal);
  subscriber.room = 0;
  tell(1000);
  subscriber.take(100);
  const [, dropped, snapshot] = subscriber.frames;
  assert.equal(dropped, { type: 'dropped', at: 7, node: 'a'.repeat(16), count: 1000 });
  assert.is(subscriber.dropped, 1000);
  assert.is(snapshot?.type === 'snapshot' && snapshot.view.state, '1000');
  tell(1);
  assert.is(subscriber.numbers.at(-1), journal.lastSeq);
});

test('a beat -> says the place; to one that is behind, nothing', () => {
  const { journal, tell } = start();
  const subscriber = new Subscriber(journal);
  subscriber.stream.beat();
  assert.is(subscriber.types.at(-1), 'beat');
  subscriber.room = 0;
  tell(5);
  subscriber.stream.beat();
  assert.equal(subscriber.types, ['snapshot', 'beat']);
});

test('types -> by their beginnings; none: all but actors; the stream speaks always', () => {
  assert.ok(isWanted('member.dead', []));
  assert.not(isWanted('actor.transition', []));
  assert.ok(isWanted('actor.transition', ['actor.']));
  assert.ok(isWanted('member.dead', ['ring.', 'member.']));
  assert.not(isWanted('member.dead', ['ring.']));
  assert.ok(isWanted('snapshot', ['ring.']));
  const { journal, tell } = start();
  const subscriber = new Subscriber(journal, undefined, ['ring.']);
  tell(3);
  assert.equal(subscriber.types, ['snapshot']);
});

test.run();
