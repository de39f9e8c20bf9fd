/** The verdict on a cluster: its word, its numbers, and what it says to a stranger. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { availabilityOf } from '../../src/core/ring/availability.js';
import { computeLayout } from '../../src/core/ring/layout.js';
import {
  type Asked,
  foundingReplication,
  type Replication,
} from '../../src/core/ring/replication.js';
import { allMembers, type Ring, transitionTo } from '../../src/core/ring/ring.js';
import { type ClusterVerdict, clockText, copiesText, verdictOn } from '../../src/core/verdict.js';
import { rings } from '../support/data/arbitraries.js';
import { suite } from '../support/runner/suite.js';
import { idOf, member } from './ring/small-ring.js';

const test = suite('verdict');
const PARTITIONS = 256;

function placed(numbers: readonly number[], replicas = 3) {
  const members = numbers.map((n) => member(n));
  return { members, layout: computeLayout({ members, partitions: PARTITIONS, replicas }) };
}

function ringOf(numbers: readonly number[], asked: Asked<Replication> = {}): Ring {
  const replication = foundingReplication(asked);
  const { replicas } = replication;
  return { clusterId: 'c'.repeat(32), epoch: 1, ...replication, ...placed(numbers, replicas) };
}

/** `away`, `full`: numbers of members. The first has been away for 12 s, each other 1 s longer. */
function judge(
  ring: Ring | undefined,
  {
    away = [],
    full = [],
    wrong = {},
  }: {
    away?: readonly number[];
    full?: readonly number[];
    /** How far their clocks are ahead, by number of the member. */
    wrong?: { readonly [n: number]: number };
  } = {},
): ClusterVerdict {
  const gone = away.map(idOf);
  return verdictOn({
    ring,
    waitsFor: '',
    isReachable: (id) => !gone.includes(id),
    hasRoom: (id) => !full.map(idOf).includes(id),
    awayForMs: (id) => 12_000 + 1000 * gone.indexOf(id),
    wrongByMs: (id) => wrong[Number.parseInt(id, 16)],
  });
}

test('all there -> healthy, nothing to be done', () => {
  const verdict = judge(ringOf([1, 2, 3]));
  assert.is(verdict.state, 'healthy');
  assert.is(verdict.sentence, 'healthy: 256 of 256 partitions have all 3 copies.');
  assert.is(verdict.remedy, '');
  assert.equal(verdict.withoutQuorum, { write: 0, read: 0, any: 0 });
  assert.is(verdict.fewestCopies, 3);
});

test('clocks are wrong -> degraded: whose, by how much, and what to do', () => {
  const ahead = judge(ringOf([1, 2, 3]), { wrong: { 2: 12_000 } });
  assert.is(ahead.state, 'degraded');
  assert.is(
    ahead.sentence,
    'degraded: the clock of 127.0.0.1:8002 is 12 s ahead of most; ' +
      '256 of 256 partitions have all 3 copies; requests go on.',
  );
  assert.match(ahead.remedy, 'Set the clock of 127.0.0.1:8002, best by NTP');
  assert.equal(ahead.clocks, [{ id: idOf(2), address: '127.0.0.1:8002', aheadMs: 12_000 }]);
  const many = judge(ringOf([1, 2, 3, 4, 5, 6]), {
    wrong: { 1: -86_400_000, 2: 3_600_000, 3: 700, 4: 9000 },
  });
  assert.match(
    many.sentence,
    'the clock of 127.0.0.1:8001 is 24 h behind most, of 127.0.0.1:8002 is 60 min ahead of most, ' +
      'of 127.0.0.1:8003 is 1 s ahead of most, and 1 more are wrong',
  );
});

test('one of four away -> degraded: who, for how long, how many, and what to do', () => {
  const verdict = judge(ringOf([1, 2, 3, 4]), { away: [2] });
  assert.is(verdict.state, 'degraded');
  assert.is(
    verdict.sentence,
    'degraded: node 127.0.0.1:8002 has been away for 12 s; ' +
      '192 of 256 partitions have 2 of 3 copies; requests go on.',
  );
  assert.match(verdict.remedy, /^Start it again, or mend the network to it\. If it is gone/);
  assert.match(verdict.remedy, `POST /admin/remove?id=${idOf(2)} gives it up`);
  assert.equal(verdict.away, [{ id: idOf(2), address: '127.0.0.1:8002', forMs: 12_000 }]);
  assert.is(verdict.fewerCopies, 192);
});

test('two of three away -> unavailable: no quorum', () => {
  const verdict = judge(ringOf([1, 2, 3]), { away: [2, 3] });
  assert.is(verdict.state, 'unavailable');
  assert.is(
    verdict.sentence,
    'unavailable: 2 of 3 nodes (127.0.0.1:8002, 127.0.0.1:8003) have been away, ' +
      'the longest for 13 s; 256 of 256 partitions have 1 of 3 copies; ' +
      '256 have no quorum and can be neither written nor read.',
  );
  assert.match(verdict.remedy, /^Start them again/);
  assert.equal(verdict.withoutQuorum, { write: 256, read: 256, any: 256 });
});

test('partitions differ -> each number of copies is told; of many nodes three are named', () => {
  const { sentence } = judge(ringOf([1, 2, 3, 4, 5, 6, 7]), { away: [1, 2, 3, 4] });
  assert.match(
    sentence,
    /^unavailable: 4 of 7 nodes \(\S+, \S+, \S+ and 1 more\) have been away, .* for 15 s; /,
  );
  assert.match(
    sentence,
    /; \d+ of 256 partitions have 2 of 3 copies, \d+ have 1, \d+ have 0; \d+ have no quorum/,
  );
});

test('quorums differ -> what cannot be written can be read, and the other way round', () => {
  const readable = judge(ringOf([1, 2, 3], { writeQuorum: 3, readQuorum: 1 }), { away: [1] });
  assert.is(readable.state, 'unavailable');
  assert.match(readable.sentence, /; 256 have no quorum for writes; reads go on\.$/);
  const writable = judge(ringOf([1, 2, 3], { writeQuorum: 2, readQuorum: 3 }), { away: [1] });
  assert.equal(writable.withoutQuorum, { write: 0, read: 256, any: 256 });
  assert.match(writable.sentence, /; 256 have no quorum for reads; writes go on\.$/);
  const ring = ringOf([1, 2, 3, 4], { writeQuorum: 3, readQuorum: 2 });
  const both = judge(ring, { away: [1, 2] });
  assert.match(both.sentence, /; 256 have no quorum for writes, 128 none for reads\.$/);
});

test('one node, three copies wanted -> degraded: 1 of 3 copies, start two more', () => {
  const verdict = judge(ringOf([1]));
  assert.is(verdict.state, 'degraded');
  assert.is(
    verdict.sentence,
    'degraded: 256 of 256 partitions have 1 of 3 copies; requests go on.',
  );
  assert.is(verdict.remedy, 'For 3 copies start 2 more nodes to join by 127.0.0.1:8001.');
  assert.is(verdict.fewestCopies, 1);
});

test('one node, one copy wanted -> healthy', () => {
  const { state, sentence } = judge(ringOf([1], { replicas: 1 }));
  assert.is(state, 'healthy');
  assert.is(sentence, 'healthy: 256 of 256 partitions have all 1 copy.');
});

test('two nodes join one -> degraded until they have their copies: wait', () => {
  const joining = transitionTo(ringOf([1]), placed([1, 2, 3]));
  const verdict = judge(joining);
  assert.is(verdict.state, 'degraded');
  assert.match(verdict.sentence, /have 1 of 3 copies; owners are changing; requests go on\.$/);
  assert.match(verdict.remedy, /^Wait until the new owners have their copies/);

  const without = judge(joining, { away: [2, 3] });
  assert.is(without.state, 'unavailable', 'writes need a quorum of the new owners, too');
  assert.match(without.remedy, /^Start them again/);
});

test('one of four leaves -> healthy meanwhile, as both sets of owners are there', () => {
  const leaving = transitionTo(ringOf([1, 2, 3, 4]), placed([1, 2, 3]));
  assert.is(judge(leaving).state, 'healthy');
  assert.match(judge(leaving).sentence, /; owners are changing\.$/);
  assert.is(judge(leaving, { away: [4] }).state, 'degraded');
});

test('a full disk -> degraded; without it no quorum of writers -> unavailable', () => {
  const degraded = judge(ringOf([1, 2, 3]), { full: [1] });
  assert.is(degraded.state, 'degraded');
  assert.match(degraded.sentence, /^degraded: the disk of 127\.0\.0\.1:8001 is full; 256 of 256/);
  assert.is(degraded.remedy, 'Make room on the disk of 127.0.0.1:8001.');
  assert.equal(degraded.full, [idOf(1)]);
  assert.is(degraded.fewerCopies, 0);

  const { state, withoutQuorum } = judge(ringOf([1, 2, 3]), { full: [1], away: [2] });
  assert.is(state, 'unavailable');
  assert.equal(withoutQuorum, { write: 256, read: 0, any: 256 });
});

test('members were removed by force -> it says that writes may be missing', () => {
  const { state, sentence } = judge({ ...ringOf([1, 2, 3]), forced: true });
  assert.is(state, 'healthy');
  assert.match(sentence, /acknowledged writes may be missing\.$/);
});

test('no ring yet -> unavailable, and what it waits for', () => {
  const unknown = judge(undefined);
  assert.is(unknown.state, 'unavailable');
  assert.match(
    unknown.sentence,
    /no ring yet; it waits for an answer of those it is to join by\.$/,
  );
  const told = verdictOn({
    ...{ ring: undefined, waitsFor: '2 more nodes' },
    ...{ isReachable: () => true, hasRoom: () => true, awayForMs: () => 0 },
  });
  assert.match(told.sentence, /it waits for 2 more nodes\.$/);
});

test('how long somebody is away -> in the unit that says enough', () => {
  const ring = ringOf([1, 2, 3]);
  for (const [ms, text] of [
    [0, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [3 * 3_600_000, '3 h'],
    [72 * 3_600_000, '3 days'],
  ] as const) {
    const { sentence } = verdictOn({
      ...{ ring, waitsFor: '', hasRoom: () => true, awayForMs: () => ms },
      isReachable: (id) => id !== idOf(1),
    });
    assert.match(sentence, ` away for ${text};`);
  }
});

test('copies -> as many as members, and no more than wanted', () => {
  assert.is(copiesText(ringOf([1])), '1 of 3 copies');
  assert.is(copiesText(ringOf([1, 2, 3, 4])), '3 of 3 copies');
  assert.is(copiesText(ringOf([1], { replicas: 1 })), '1 of 1 copy');
  assert.is(copiesText(transitionTo(ringOf([1]), placed([1, 2]))), '2 of 3 copies');
});

const scenes = rings.chain((ring) => {
  const ids = allMembers(ring).map(({ id }) => id);
  const some = () => fc.subarray(ids).map((chosen) => new Set(chosen));
  return fc.record({ ring: fc.constant(ring), away: some(), full: some() });
});

test('any ring -> unavailable iff a quorum lacks, degraded iff a copy or room lacks', () => {
  fc.assert(
    fc.property(scenes, ({ ring, away, full }) => {
      const reach = {
        isReachable: (id: string) => !away.has(id),
        hasRoom: (id: string) => !full.has(id),
      };
      const verdict = verdictOn({ ...reach, ring, waitsFor: '', awayForMs: () => 1 });
      const { withoutQuorum, fewerCopies } = availabilityOf(ring, reach);
      const isFull = [...full].some((id) => !away.has(id));
      assert.is(verdict.state === 'unavailable', withoutQuorum.any > 0);
      assert.is(verdict.state === 'healthy', withoutQuorum.any === 0 && !fewerCopies && !isFull);
      assert.ok(verdict.sentence.startsWith(`${verdict.state}: `));
      assert.is(verdict.away.length, away.size);
      if (verdict.state !== 'healthy') assert.match(verdict.remedy, /^[A-Z].*\.$/);
    }),
    { numRuns: 200 },
  );
});

test('no ring yet -> nothing of it, in numbers', () => {
  const { sentence, remedy, ...rest } = judge(undefined);
  assert.match(sentence, /^unavailable: this node has no ring yet; it waits for an answer/);
  assert.match(remedy, /^Start the nodes it is to join by\./);
  assert.equal(rest, {
    state: 'unavailable',
    partitions: 0,
    replicas: 0,
    fewestCopies: 0,
    fewerCopies: 0,
    withoutQuorum: { write: 0, read: 0, any: 0 },
    away: [],
    full: [],
    clocks: [],
  });
});

test('one partition, one of its owners away -> the fewest copies are those it has', () => {
  const ring = ringOf([1, 2, 3]);
  const { fewestCopies, sentence } = judge({ ...ring, layout: [[0, 1, 2]] }, { away: [2] });
  assert.is(fewestCopies, 2);
  assert.match(sentence, /1 of 1 partitions have 2 of 3 copies;/);
});

test('one member too few -> how many more are to be started, and where', () => {
  const { remedy } = judge(ringOf([1, 2]));
  assert.is(remedy, `For 3 copies start 1 more node to join by ${member(1).address}.`);
});

test('three clocks are wrong -> all are named; of four the last is counted', () => {
  const wrongs = { 1: 4000, 2: -4000, 3: 5000, 4: 6000 };
  const { 4: _, ...three } = wrongs;
  assert.not.match(judge(ringOf([1, 2, 3, 4, 5]), { wrong: three }).sentence, /more are wrong/);
  const { sentence } = judge(ringOf([1, 2, 3, 4, 5]), { wrong: wrongs });
  assert.match(sentence, /is 5 s ahead of most, and 1 more are wrong/);
});

test('a duration -> in the largest unit that says enough', () => {
  for (const [seconds, text] of [
    [1, '1 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7199, '120 min'],
    [7200, '2 h'],
    [172_799, '48 h'],
    [172_800, '2 days'],
  ] as const) {
    assert.is(clockText({ aheadMs: seconds * 1000 }), `${text} ahead of most`);
    assert.is(clockText({ aheadMs: -seconds * 1000 }), `${text} behind most`);
  }
  assert.is(clockText({ aheadMs: 1 }), '0 s ahead of most');
});

test.run();
