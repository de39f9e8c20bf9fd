/** Which numbers a cluster may have, and in which words they are refused. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  type Asked,
  difference,
  foundingReplication,
  objectionTo,
  type Replication,
} from '../../../src/core/ring/replication.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('replication');

/** The owners of which the bits are set. */
function quorumsOf(size: number, owners: number): number[] {
  const sets = Array.from({ length: 2 ** owners }, (_, bits) => bits);
  return sets.filter((set) => set.toString(2).replaceAll('0', '').length === size);
}

function everyTwoMeet(some: readonly number[], others: readonly number[]): boolean {
  return some.every((one) => others.every((other) => (one & other) !== 0));
}

test('nothing asked for -> three replicas; some asked for -> majorities of them', () => {
  const three = { replicas: 3, writeQuorum: 2, readQuorum: 2 };
  assert.equal(foundingReplication({}), three);
  assert.equal(foundingReplication({ replicas: undefined, readQuorum: undefined }), three);
  assert.equal(foundingReplication({ writeQuorum: 3 }), { ...three, writeQuorum: 3 });
  for (const [replicas, quorum] of [
    [1, 1],
    [2, 2],
    [4, 3],
    [5, 3],
  ] as const) {
    const founding = foundingReplication({ replicas });
    assert.equal(founding, { replicas, writeQuorum: quorum, readQuorum: quorum });
    assert.is(objectionTo(founding), undefined);
  }
});

test('any numbers -> no objection exactly where quorums exist and have to meet', () => {
  for (let replicas = 1; replicas <= 5; replicas++) {
    for (let writeQuorum = 1; writeQuorum <= 6; writeQuorum++) {
      for (let readQuorum = 1; readQuorum <= 6; readQuorum++) {
        const writes = quorumsOf(writeQuorum, replicas);
        const reads = quorumsOf(readQuorum, replicas);
        const exist = writes.length > 0 && reads.length > 0;
        const isSound = exist && everyTwoMeet(writes, writes) && everyTwoMeet(writes, reads);
        const objection = objectionTo({ replicas, writeQuorum, readQuorum });
        assert.is(objection === undefined, isSound, `${replicas} ${writeQuorum} ${readQuorum}`);
      }
    }
  }
});

test('numbers of which some are not known -> an objection only if nothing would help', () => {
  const number = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
  const asked = fc.record({ replicas: number, writeQuorum: number, readQuorum: number });
  const all = Array.from({ length: 11 }, (_, n) => n + 1);
  fc.assert(
    fc.property(asked, (some) => {
      const given = Object.entries(some).filter(([, value]) => value !== undefined);
      const known = Object.fromEntries(given) as Partial<Replication>;
      const canBe = all.some((replicas) =>
        all.some((writeQuorum) =>
          all.some((readQuorum) => {
            return !objectionTo({ replicas, writeQuorum, readQuorum, ...known });
          }),
        ),
      );
      if (objectionTo(some)) assert.not(canBe, JSON.stringify(some));
    }),
  );
});

/** [what is asked for, the refusal] */
const REFUSED: readonly [Asked<Replication>, string][] = [
  [{ writeQuorum: 4 }, 'A write quorum of 4 cannot be had of 3 replicas.'],
  [{ replicas: 1, readQuorum: 2 }, 'A read quorum of 2 cannot be had of 1 replica.'],
  [
    { writeQuorum: 1, readQuorum: 3 },
    'Two writes could miss each other: of 3 replicas, the write quorum (1) must be more than half.',
  ],
  [
    { readQuorum: 1 },
    'Reads could miss what was written: of 3 replicas, write quorum (2) and read quorum (1) ' +
      'together must be more than 3.',
  ],
];

for (const [asked, objection] of REFUSED) {
  test(`founded with ${JSON.stringify(asked)} -> ${objection}`, () => {
    assert.is(objectionTo(foundingReplication(asked)), objection);
  });
}

test('another number is asked for -> named with both; nothing asked for -> no difference', () => {
  const ring = { partitions: 256, replicas: 3, writeQuorum: 2, readQuorum: 2 };
  assert.is(difference(ring, {}), undefined);
  assert.is(difference(ring, { ...ring, expect: 3 }), undefined);
  assert.is(difference(ring, { readQuorum: 1 }), '--read-quorum 2, not 1');
  assert.is(difference(ring, { expect: 3, writeQuorum: 3 }), '--write-quorum 2, not 3');
  assert.is(difference({ ...ring, expect: 3 }, { expect: 0 }), '--expect 3, not 0');
});

test.run();
