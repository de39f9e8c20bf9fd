/** Who may be removed, by whose word, and what is said of the damage. */

import * as assert from 'uvu/assert';
import { judgeRemoval, type Removal, whatMayBeLost } from '../../../src/core/planning/removal.js';
import type { Failure } from '../../../src/core/requests.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('removal');
const PARTITIONS = 64;

function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

function ringOf(count: number): Ring {
  const members = Array.from({ length: count }, (_, i) => {
    return { id: idOf(i + 1), address: `127.0.0.1:${8001 + i}`, weight: 1, zone: 'z' };
  });
  const replication = foundingReplication({ replicas: 3 });
  const layout = computeLayout({ members, partitions: PARTITIONS, replicas: 3 });
  return { clusterId: 'c'.repeat(32), epoch: 1, ...replication, members, layout };
}

function judge(
  ring: Ring,
  { remove, dead, force = false }: { remove: number[]; dead: number[]; force?: boolean },
): Removal | Failure {
  const isDead = (id: string) => dead.map(idOf).includes(id);
  return judgeRemoval({
    ring,
    ids: remove.map(idOf),
    force,
    isDead,
    isReachable: (id) => !isDead(id),
  });
}

function refusal(outcome: Removal | Failure): Failure {
  if (outcome.ok) throw new Error('not refused');
  return outcome;
}

/** The partitions of which at least `atLeast` owners are among `ns`. */
function ownedBy(ring: Ring, ns: number[], atLeast: number): number[] {
  return ring.layout.flatMap((owners, partition) =>
    owners.filter((owner) => ns.includes(owner + 1)).length >= atLeast ? [partition] : [],
  );
}

test('one of five is dead -> removed by agreement, forced or not', () => {
  const agreed = { ok: true, removing: [idOf(2)], forced: false, lost: [], incomplete: [] };
  for (const force of [false, true]) {
    assert.equal(judge(ringOf(5), { remove: [2], dead: [2], force }), agreed);
  }
});

test('one that is not dead -> refused, even by force', () => {
  for (const force of [false, true]) {
    const { code, detail } = refusal(judge(ringOf(5), { remove: [2, 3], dead: [3], force }));
    assert.is(code, 'change_refused');
    assert.match(detail, new RegExp(`^not found dead: ${idOf(2)}; use leave`));
  }
});

test('two of three are dead -> no majority; what force is and what it may cost', () => {
  const outcome = refusal(judge(ringOf(3), { remove: [1, 2], dead: [1, 2] }));
  assert.is(outcome.code, 'no_majority');
  assert.equal([outcome.needed, outcome.got], [2, 1]);
  assert.match(outcome.detail, new RegExp(`force=${idOf(1)},${idOf(2)} `));
  assert.match(outcome.detail, /acknowledged writes may be missing from 64 partitions\.$/);
});

test('two of three are dead, by force -> every partition may miss writes, none is lost', () => {
  const outcome = judge(ringOf(3), { remove: [1, 2], dead: [1, 2], force: true });
  assert.ok(outcome.ok && outcome.forced);
  assert.equal(outcome.lost, []);
  assert.is(outcome.incomplete.length, PARTITIONS);
});

test('three of five are dead, by force -> lost is what all three had between them', () => {
  const ring = ringOf(5);
  const outcome = judge(ring, { remove: [1, 2, 3], dead: [1, 2, 3], force: true });
  assert.ok(outcome.ok && outcome.forced);
  assert.equal(outcome.lost, ownedBy(ring, [1, 2, 3], 3));
  assert.equal(outcome.incomplete, ownedBy(ring, [1, 2, 3], 2));
  assert.ok(outcome.lost.length > 0);
});

test('a majority is there, the data of some partitions is not -> refused without force', () => {
  const ring = ringOf(5);
  const { code, detail } = refusal(judge(ring, { remove: [1], dead: [1, 2] }));
  assert.is(code, 'change_refused');
  const count = ownedBy(ring, [1], 1).filter((p) => ownedBy(ring, [2], 1).includes(p)).length;
  assert.match(detail, new RegExp(`too few owners of ${count} partitions`));
  const forced = judge(ring, { remove: [1], dead: [1, 2], force: true });
  assert.ok(forced.ok && forced.forced && forced.lost.length === 0);
});

test('a newcomer that owns nothing yet is dead -> removed by agreement', () => {
  const ring = ringOf(3);
  const coming = ringOf(4);
  const outcome = judge({ ...ring, transition: coming }, { remove: [4], dead: [4] });
  assert.ok(outcome.ok && !outcome.forced);
});

test('what may be lost -> by how many partitions, and how many have no copy', () => {
  assert.match(whatMayBeLost(0, 0), /^no acknowledged write is lost, /);
  assert.is(whatMayBeLost(0, 1), 'acknowledged writes may be missing from 1 partition.');
  assert.is(
    whatMayBeLost(2, 3),
    'acknowledged writes may be missing from 3 partitions, 2 of which have no live copy left.',
  );
});

test.run();
