/** The part of the contract that is about acceptors: what is promised, and what it holds up. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type Held, judge, judgePrepare } from '../../src/core/acceptor.js';
import { compareVersions, type Version } from '../../src/core/data/version.js';
import { partitionOf } from '../../src/core/ring/key-owners.js';
import { PARTITIONS, record, version } from '../support/data/records.js';
import { ABSENT, APPLIED, asker, assertHeld, CORRUPT, HELD, type InWorld } from './store-world.js';

const KEY = Buffer.from('key');
const NOTHING_HELD = { kind: 'promised', record: undefined };

const refusedBy = (inTheWay: Version) => ({ kind: 'refused', version: inTheWay });
const barredBy = (promised: Version) => ({ kind: 'promised', version: promised });
const supersededBy = (held: Version) => ({ kind: 'superseded', version: held });
const at = (time: number) => record(KEY, { version: version(time) });

const steps = fc.record(
  {
    what: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('write', 'prepare') },
      { weight: 1, arbitrary: fc.constant('rot') },
    ),
    time: fc.integer({ min: 1, max: 6 }),
  },
  { noNullPrototype: true },
);

/** What a store holds and has promised of one key, by the acceptor's rule alone. */
class Model {
  readonly #key: Buffer;
  held: Held<Version> | undefined;
  #promised: Version | undefined;

  constructor(key: Buffer) {
    this.#key = key;
  }

  write(incoming: Version): object {
    const judgement = judge(compareVersions, this.held, this.#promised, incoming);
    if (judgement.kind === 'held') return HELD;
    if (judgement.kind !== 'accept' && judgement.kind !== 'restore') return judgement;
    this.held = { isIntact: true, version: incoming };
    if (judgement.kind === 'restore') return APPLIED;
    // What is held from now on speaks for it.
    this.#promised = undefined;
    return APPLIED;
  }

  prepare(ballot: Version): object {
    const judgement = judgePrepare(compareVersions, this.held, this.#promised, ballot);
    if (judgement.kind !== 'promise') return judgement;
    this.#promised = ballot;
    const version = this.held?.version;
    return { kind: 'promised', record: version && record(this.#key, { version }) };
  }
}

export function promiseContract(inWorld: InWorld): void {
  inWorld('a promise -> refuses lower and equal ballots, gives way to higher ones', async (ask) => {
    assert.equal(await ask.prepare(KEY, version(5)), NOTHING_HELD);
    assert.equal(await ask.prepare(KEY, version(5)), refusedBy(version(5)));
    assert.equal(await ask.prepare(KEY, version(4)), refusedBy(version(5)));
    assert.equal(await ask.prepare(KEY, version(6)), NOTHING_HELD);
    assert.equal(await ask.prepare(KEY, version(5)), refusedBy(version(6)));
    assert.equal(await ask.prepare(Buffer.from('another'), version(1)), NOTHING_HELD);
    assert.equal(await ask.read(KEY), ABSENT);
    assert.equal(await ask.sizes(), [], 'a promise is no row');
  });

  inWorld('a version is held -> promised above it only, and told', async (ask) => {
    await ask.write(at(5));
    assert.equal(await ask.prepare(KEY, version(4)), refusedBy(version(5)));
    assert.equal(await ask.prepare(KEY, version(5)), refusedBy(version(5)));
    assert.equal(await ask.prepare(KEY, version(6)), { kind: 'promised', record: at(5) });
    await assertHeld(ask, at(5));
  });

  inWorld('writes below a promise -> told of it, whatever is held', async (ask) => {
    await ask.prepare(KEY, version(5));
    assert.equal(await ask.write(at(4)), barredBy(version(5)));
    assert.equal(await ask.read(KEY), ABSENT);
    await ask.write(at(6));
    await ask.prepare(KEY, version(9));
    assert.equal(await ask.write(at(8)), barredBy(version(9)));
    assert.equal(await ask.write(at(3)), barredBy(version(9)));
    await assertHeld(ask, at(6));
  });

  inWorld(
    'what is held is sent again below a promise -> applied, the promise stands',
    async (ask) => {
      await ask.write(at(3));
      await ask.prepare(KEY, version(5));
      assert.equal(await ask.write(at(3)), HELD);
      assert.equal(await ask.write(at(4)), barredBy(version(5)));
      await assertHeld(ask, at(3));
    },
  );

  for (const [what, time] of [
    ['the ballot itself', 5],
    ['a version above it', 6],
  ] as const) {
    inWorld(`${what} is written -> applied, and speaks for the promise`, async (ask, world) => {
      await ask.prepare(KEY, version(5));
      assert.equal(await ask.write(at(time)), APPLIED);
      for (let opened = 0; opened < 2; opened++) {
        const asking = asker(world.store);
        assert.equal(await asking.write(at(4)), supersededBy(version(time)));
        assert.equal(await asking.prepare(KEY, version(5)), refusedBy(version(time)));
        await assertHeld(asking, at(time));
        await world.reopen();
      }
    });
  }

  inWorld('promises -> survive', async (ask, world) => {
    const keys = Array.from({ length: 20 }, (_, i) => Buffer.from(`key ${i}`));
    await Promise.all(keys.map((key, time) => ask.prepare(key, version(time + 1))));
    await world.reopen();
    const askAgain = asker(world.store);
    for (const [index, key] of keys.entries()) {
      const written = record(key, { version: version(index) });
      assert.equal(await askAgain.write(written), barredBy(version(index + 1)));
      assert.equal(await askAgain.prepare(key, version(index + 2)), NOTHING_HELD);
    }
  });

  inWorld('asked for in one turn -> each sees what came before it', async (ask) => {
    const outcomes = await Promise.all([
      ask.write(at(1)),
      ask.prepare(KEY, version(3)),
      ask.write(at(2)),
      ask.write(at(3)),
      ask.prepare(KEY, version(4)),
    ]);
    assert.equal(outcomes, [
      APPLIED,
      { kind: 'promised', record: at(1) },
      barredBy(version(3)),
      APPLIED,
      { kind: 'promised', record: at(3) },
    ]);
  });

  inWorld('any writes and prepares, and a row that rots -> as the rule says', async (_, world) => {
    let run = 0;
    const property = fc.asyncProperty(fc.array(steps, { maxLength: 10 }), async (list) => {
      const key = Buffer.from(`key ${run++}`);
      const model = new Model(key);
      for (const { what, time } of list) {
        const ask = asker(world.store);
        if (what === 'write') {
          const bytes = record(key, { version: version(time) });
          assert.equal(await ask.write(bytes), model.write(version(time)));
        } else if (what === 'prepare') {
          assert.equal(await ask.prepare(key, version(time)), model.prepare(version(time)));
        } else if (model.held?.isIntact) {
          await world.rot(key);
          model.held = { isIntact: false, version: model.held.version };
        }
      }
    });
    await fc.assert(property, { numRuns: 30 });
  });

  inWorld('more promises in a partition than are kept -> all of them hold', async (ask, world) => {
    const partition = partitionOf(KEY, PARTITIONS);
    const keys: Buffer[] = [];
    for (let i = 0; keys.length < 40; i++) {
      const key = Buffer.from(`key ${i}`);
      if (partitionOf(key, PARTITIONS) === partition) keys.push(key);
    }
    await ask.write(at(1000));
    for (const [index, key] of keys.entries()) {
      assert.equal(await ask.prepare(key, version(100 + index)), NOTHING_HELD);
    }
    await world.reopen();
    const askAgain = asker(world.store);
    const newer = version(1000);
    assert.equal(
      await askAgain.write(at(50)),
      { kind: 'superseded', version: newer },
      'not hidden',
    );
    assert.equal(await askAgain.prepare(KEY, version(50)), refusedBy(newer));
    for (const [index, key] of keys.entries()) {
      const ballot = version(100 + index);
      const outcome = await askAgain.write(record(key, { version: version(99 + index) }));
      assert.is(outcome.kind, 'promised');
      assert.ok('version' in outcome && compareVersions(outcome.version, ballot) >= 0);
      assert.is((await askAgain.prepare(key, ballot)).kind, 'refused');
    }
    for (const key of keys) {
      assert.equal(await askAgain.prepare(key, version(200)), NOTHING_HELD);
      assert.equal(await askAgain.write(record(key, { version: version(201) })), APPLIED);
    }
  });

  inWorld('the row is damaged -> no promise, until it is written again', async (ask, world) => {
    await ask.write(at(5));
    await world.rot(KEY);
    const askAgain = asker(world.store);
    assert.equal(await askAgain.prepare(KEY, version(9)), CORRUPT);
    assert.equal(await askAgain.write(at(5)), APPLIED);
    assert.equal(await askAgain.prepare(KEY, version(9)), { kind: 'promised', record: at(5) });
  });

  inWorld('a row is damaged below a promise -> healed by the same, or that', async (ask, world) => {
    await ask.write(at(5));
    await ask.prepare(KEY, version(9));
    await world.rot(KEY);
    const askAgain = asker(world.store);
    const sizes = await askAgain.sizes();
    assert.equal(await askAgain.write(at(4)), barredBy(version(9)));
    assert.equal(await askAgain.write(at(6)), barredBy(version(9)));
    assert.equal(await askAgain.write(at(5)), APPLIED);
    await assertHeld(askAgain, at(5));
    assert.equal(await askAgain.sizes(), sizes);
    assert.equal(await askAgain.write(at(8)), barredBy(version(9)), 'the promise holds');
    await world.rot(KEY);
    assert.equal(await asker(world.store).write(at(9)), APPLIED);
    await assertHeld(asker(world.store), at(9));
  });

  inWorld('a partition is dropped -> its promises with it, no others', async (ask, world) => {
    const partition = partitionOf(KEY, PARTITIONS);
    const another = Array.from({ length: 99 }, (_, i) => Buffer.from(`another ${i}`)).find(
      (key) => partitionOf(key, PARTITIONS) !== partition,
    )!;
    await Promise.all([KEY, another].map((key) => ask.prepare(key, version(5))));
    assert.is(await ask.drop(partition, 1), 0);
    for (let opened = 0; opened < 2; opened++) {
      const asking = asker(world.store);
      assert.equal(await asking.prepare(another, version(5)), refusedBy(version(5)));
      assert.equal(await asking.prepare(KEY, version(opened + 1)), NOTHING_HELD);
      await world.reopen();
    }
  });
}
