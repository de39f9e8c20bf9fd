/** Which ring follows: for what is wished, and what must hold of it whatever is wished. */

import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { type NextRing, nextRing, type Situation } from '../../../actors/ring/next-ring.js';
import { computeLayout, nextLayout, rememberingLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import { gainingMembers, type Member, type Ring } from '../../../src/core/ring/ring.js';
import { parseRing } from '../../../src/core/ring/ring-json.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('ring: next ring');

const idOf = (n: number) => n.toString(16).padStart(16, '0');
const member = (n: number): Member => ({
  id: idOf(n),
  address: `h:${n}`,
  weight: 1,
  zone: '',
});
const ids = (...numbers: number[]) => new Set(numbers.map(idOf));

function ringOf(numbers: number[], replicas = 3, partitions = 8): Ring {
  const members = numbers.map(member);
  const layout = computeLayout({ members, partitions, replicas });
  const replication = foundingReplication({ replicas });
  return { clusterId: '0'.repeat(32), epoch: 5, ...replication, members, layout };
}

const NOTHING: Situation = {
  joining: [],
  leaving: new Set(),
  gone: new Set(),
  pulled: new Set(),
  renewAbove: undefined,
  isReachable: () => true,
  layoutOf: nextLayout,
};

function wanted(next: NextRing): Ring {
  if (next.kind !== 'wanted') assert.unreachable(`${next.kind}: ${JSON.stringify(next)}`);
  return (next as { ring: Ring }).ring;
}

function named(ring: Ring): number[] {
  return (ring.transition ?? ring).members.map(({ id }) => Number.parseInt(id, 16));
}

const without = (...numbers: number[]) => {
  const away = ids(...numbers);
  return { isReachable: (id: string) => !away.has(id) };
};

test('nothing is wished -> no other ring', () => {
  assert.equal(nextRing(ringOf([1, 2, 3]), NOTHING), { kind: 'none' });
});

test('another epoch is wished -> the same ring with the next one, if a majority agrees', () => {
  const ring = ringOf([1, 2, 3]);
  const next = wanted(nextRing(ring, { ...NOTHING, renewAbove: 0 }));
  assert.equal(next, { ...ring, epoch: ring.epoch + 1 });
  assert.equal(wanted(nextRing(ring, { ...NOTHING, renewAbove: 99 })), { ...ring, epoch: 100 });
  const alone = { ...NOTHING, renewAbove: 0, ...without(2, 3) };
  assert.is(nextRing(ring, alone).kind, 'waits');
});

test('joins and leaves that wait together -> one transition, settled when all have pulled', () => {
  const ring = ringOf([1, 2, 3, 4]);
  const wishes = {
    ...NOTHING,
    joining: [member(5), member(6)],
    leaving: ids(1),
  };
  const changing = wanted(nextRing(ring, wishes));
  assert.is(changing.epoch, 6);
  assert.equal(changing.layout, ring.layout);
  assert.equal(named(changing), [2, 3, 4, 5, 6]);

  const waiting = nextRing(changing, NOTHING);
  assert.is(waiting.kind, 'waits');
  const settled = wanted(
    nextRing(changing, {
      ...NOTHING,
      pulled: new Set(gainingMembers(changing)),
    }),
  );
  assert.equal(settled.layout, changing.transition!.layout);
  assert.is(settled.transition, undefined);
  assert.is(settled.epoch, 7);
});

test('a member is known by another address -> a new ring at once, no data moves', () => {
  const moved = { ...member(2), address: 'elsewhere:1' };
  const next = wanted(nextRing(ringOf([1, 2, 3]), { ...NOTHING, joining: [moved] }));
  assert.is(next.transition, undefined);
  assert.is(next.members[1]!.address, 'elsewhere:1');
});

test('a member wants another share -> a transition', () => {
  const heavier = { ...member(2), weight: 3 };
  const next = wanted(nextRing(ringOf([1, 2, 3, 4, 5]), { ...NOTHING, joining: [heavier] }));
  assert.ok(next.transition);
});

test('a newcomer at the address of a member -> takes its place', () => {
  const newcomer = { ...member(9), address: member(3).address };
  const wishes = { ...NOTHING, ...without(3), joining: [newcomer] };
  const next = wanted(nextRing(ringOf([1, 2, 3]), wishes));
  assert.equal(named(next), [1, 2, 9]);
  assert.equal(gainingMembers(next), [idOf(9)]);
});

test('a dead member -> evicted where others can take its data, else kept', () => {
  const dead = { ...NOTHING, ...without(2), gone: ids(2) };
  assert.equal(named(wanted(nextRing(ringOf([1, 2, 3, 4]), dead))), [1, 3, 4]);
  assert.is(nextRing(ringOf([1, 2, 3]), dead).kind, 'none');
});

test('an operator removes it all the same -> those that are left make up for its copies', () => {
  const removal = { ...NOTHING, ...without(2), leaving: ids(2) };
  const next = wanted(nextRing(ringOf([1, 2, 3]), removal));
  assert.equal(named(next), [1, 3]);
  assert.equal(gainingMembers(next), [idOf(1), idOf(3)]);
});

test('the last member stays', () => {
  assert.is(nextRing(ringOf([1]), { ...NOTHING, leaving: ids(1) }).kind, 'none');
});

test('too few owners to pull from, or votes to be had -> it waits and says for whom', () => {
  const joining = [member(9)];
  const few = nextRing(ringOf([1, 2, 3, 4, 5], 3, 64), {
    ...NOTHING,
    ...without(1, 2),
    joining,
  });
  assert.is(few.kind, 'waits');
  assert.match((few as { waitsFor: string }).waitsFor, idOf(1));
  const minority = nextRing(ringOf([1, 2, 3]), {
    ...NOTHING,
    ...without(1, 2),
    joining,
  });
  assert.match((minority as { waitsFor: string }).waitsFor, 'a majority of the voters');
});

test('a newcomer dies on the way -> back to where it came from', () => {
  const ring = ringOf([1, 2, 3]);
  const changing = wanted(nextRing(ring, { ...NOTHING, joining: [member(4)] }));
  assert.is(nextRing(changing, { ...NOTHING, ...without(4) }).kind, 'waits');
  const back = wanted(nextRing(changing, { ...NOTHING, ...without(4), gone: ids(4) }));
  assert.equal([back.members, back.layout], [ring.members, ring.layout]);
  assert.is(back.transition, undefined);
  assert.is(back.epoch, changing.epoch + 1);
});

test('one of two newcomers dies on the way -> on to a ring without it', () => {
  const changing = wanted(
    nextRing(ringOf([1, 2, 3]), {
      ...NOTHING,
      joining: [member(4), member(5)],
    }),
  );
  const turned = wanted(nextRing(changing, { ...NOTHING, ...without(4), gone: ids(4) }));
  assert.equal(named(turned), [1, 2, 3, 5]);
  assert.equal(turned.layout, changing.layout);
});

test('another newcomer comes on the way -> the transition goes on, and it comes after that', () => {
  const changing = wanted(nextRing(ringOf([1, 2, 3]), { ...NOTHING, joining: [member(5)] }));
  const wishes = { ...NOTHING, joining: [member(5), member(6)] };
  assert.is(nextRing(changing, wishes).kind, 'waits');
});

test('who comes for one that leaves dies on the way, and few are left -> on without it', () => {
  const wishes = { ...NOTHING, joining: [member(4)], leaving: ids(3) };
  const changing = wanted(nextRing(ringOf([1, 2, 3]), wishes));
  assert.equal(named(changing), [1, 2, 4]);
  const next = nextRing(changing, { ...NOTHING, leaving: ids(3), gone: ids(4), ...without(4) });
  assert.equal(named(wanted(next)), [1, 2]);
});

test('one of two members leaves -> the other one stays', () => {
  const next = nextRing(ringOf([1, 2]), { ...NOTHING, leaving: ids(1) });
  assert.equal(named(wanted(next)), [2]);
});

test('a newcomer is wiped on the way -> its successor takes its place', () => {
  const changing = wanted(nextRing(ringOf([1, 2, 3]), { ...NOTHING, joining: [member(4)] }));
  const successor = { ...member(5), address: member(4).address };
  const wishes = { ...NOTHING, ...without(4), joining: [successor] };
  assert.equal(named(wanted(nextRing(changing, wishes))), [1, 2, 3, 5]);
});

test('whatever is wished -> present owners stay until all have pulled, and it ends', () => {
  const some = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), {
    maxLength: 5,
  });
  const members = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), {
    minLength: 1,
    maxLength: 8,
  });
  let transitions = 0;
  fc.assert(
    fc.property(
      members,
      some,
      some,
      some,
      fc.integer({ min: 1, max: 3 }),
      (all, join, leave, gone, replicas) => {
        let ring = ringOf(
          all.sort((a, b) => a - b),
          replicas,
        );
        const wishes: Situation = {
          ...NOTHING,
          ...without(...gone),
          joining: join.filter((n) => !gone.includes(n)).map(member),
          leaving: ids(...leave),
          gone: ids(...gone),
          layoutOf: rememberingLayout(),
        };
        for (let step = 0; step < 6; step++) {
          const next = nextRing(ring, wishes);
          if (next.kind !== 'wanted') {
            assert.is(ring.transition, undefined, 'a transition that was begun can be finished');
            return;
          }
          assert.is(next.ring.epoch, ring.epoch + 1);
          assert.equal(parseRing(JSON.stringify(next.ring)), next.ring);
          if (next.ring.transition) {
            transitions++;
            assert.equal(next.ring.layout, ring.layout);
            const pulled = new Set(gainingMembers(next.ring));
            for (const id of pulled) assert.ok(wishes.isReachable(id));
            ring = wanted(nextRing(next.ring, { ...wishes, pulled }));
            assert.equal(ring.layout, next.ring.transition.layout);
          } else {
            ring = next.ring;
          }
        }
        assert.unreachable('it goes round and round');
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(transitions > 100, 'the property was not tried on nothing');
});

test('a member leaves, and those who stay are no majority of themselves -> waits for one', () => {
  const leaving = new Set([idOf(1)]);
  const waits = nextRing(ringOf([1, 2, 3]), { ...NOTHING, ...without(3), leaving });
  assert.is(waits.kind, 'waits');
  const { waitsFor } = waits as { waitsFor: string };
  assert.is(waitsFor, `a majority of those who stay; no answer from ${idOf(3)}`);
  const four = nextRing(ringOf([1, 2, 3, 4]), { ...NOTHING, ...without(4), leaving });
  assert.match((four as { waitsFor: string }).waitsFor, 'who would have to fetch data');
  const all = nextRing(ringOf([1, 2, 3]), { ...NOTHING, leaving });
  assert.is(all.kind, 'wanted', 'as long as all are there');
});

test('one of two who stay dies before the ring settles -> back to the ring of three', () => {
  const ring = ringOf([1, 2, 3], 1, 16);
  const leaving = new Set([idOf(1)]);
  const begun = nextRing(ring, { ...NOTHING, leaving });
  assert.ok(begun.kind === 'wanted' && begun.ring.transition);
  const pulled = new Set(gainingMembers(begun.ring));
  const settled = nextRing(begun.ring, { ...NOTHING, leaving, pulled });
  assert.ok(settled.kind === 'wanted');
  assert.equal(settled.ring.members, begun.ring.transition.members);
  const back = nextRing(begun.ring, { ...NOTHING, ...without(3), leaving, pulled });
  assert.ok(back.kind === 'wanted' && !back.ring.transition);
  assert.equal(back.ring.members, ring.members);
});

test.run();
