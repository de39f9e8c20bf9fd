/** Whom reads ask first when owners differ in speed: a small world in which answers take time. */
import * as assert from 'uvu/assert';
import { OwnerSelection, type Standing } from '../../../actors/coordinator/owner-selection.js';
import type { Level } from '../../../src/core/requests.js';
import { majorityOf } from '../../../src/core/ring/quorum.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { legalReplications } from '../../support/data/replications.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('owner selection');

const [SELF, QUICK, LATE] = ['a', 'b', 'c'] as const;
const GROUPS = [majorityOf([LATE, QUICK, SELF])];
/** Of ourselves, and of those behind the network when they are busy. */
const OWN_MS = 1;
const USUAL_MS = 10;
const LATE_MS = 500;

/** Reads at a steady rate, each of which asks ourselves and the next best. */
class World {
  lateMs = USUAL_MS;
  /** Reads that asked the late owner. */
  asked = 0;
  readonly selection: OwnerSelection;
  readonly #standing: { [owner: string]: Standing } = {
    [SELF]: 'self',
    [QUICK]: 'up',
    [LATE]: 'up',
  };
  readonly #answers = new Map<number, (() => void)[]>();
  #nowMs = 0;

  constructor() {
    this.selection = new OwnerSelection({
      hedgeAfterMs: 50,
      standing: (owner) => this.#standing[owner] ?? 'up',
    });
  }

  readonly lose = (owner: string): void => {
    this.#standing[owner] = 'unreachable';
  };

  suspect(owner: string): void {
    this.#standing[owner] = 'doubtful';
  }

  run(seconds: number, perMs: number): void {
    this.asked = 0;
    for (const end = this.#nowMs + seconds * 1000; this.#nowMs < end; this.#nowMs++) {
      for (const answer of this.#answers.get(this.#nowMs) ?? []) answer();
      this.#answers.delete(this.#nowMs);
      for (let read = 0; read < perMs; read++) {
        for (const owner of this.selection.preferred(GROUPS).slice(0, 2)) this.#ask(owner);
      }
    }
  }

  #ask(owner: string): void {
    const othersMs = owner === LATE ? this.lateMs : USUAL_MS;
    const tookMs = owner === SELF ? OWN_MS : othersMs;
    if (owner === LATE) this.asked++;
    const at = this.#nowMs + tookMs;
    const answers = this.#answers.get(at) ?? [];
    this.#answers.set(at, answers);
    answers.push(() => this.selection.note(owner, tookMs));
  }
}

for (const perMs of [1, 5, 20]) {
  test(`an owner turns slow amid ${perMs},000 reads/s -> one of a hundred asks it, at most`, () => {
    const world = new World();
    world.run(1, perMs);
    world.run(1, perMs);
    assert.is(world.asked, 1000 * perMs, 'the others are as good as each other');
    world.lateMs = LATE_MS;
    world.run(2, perMs);
    world.run(10, perMs);
    assert.ok(world.asked > 0, 'it is tried again by and by');
    assert.ok(world.asked <= (10_000 * perMs) / 100, `${world.asked} reads asked it`);
    assert.ok(
      world.selection.lateMs < 2 * USUAL_MS,
      `an answer is late after ${world.selection.lateMs} ms`,
    );
  });
}

test('it is quick again -> asked as before, after one try', () => {
  const world = new World();
  world.run(1, 5);
  world.lateMs = LATE_MS;
  world.run(5, 5);
  world.lateMs = USUAL_MS;
  world.run(2, 5);
  world.run(1, 5);
  assert.is(world.asked, 5000);
});

test('slow or not -> ourselves first, and the suspected last', () => {
  const world = new World();
  assert.equal(world.selection.preferred(GROUPS), [SELF, LATE, QUICK]);
  world.lateMs = LATE_MS;
  world.run(2, 5);
  assert.equal(world.selection.preferred(GROUPS), [SELF, QUICK, LATE]);
  world.suspect(QUICK);
  assert.equal(world.selection.preferred(GROUPS), [SELF, LATE, QUICK]);
});

const LEVELS: readonly [Level, write: number, read: number][] = [
  ['quorum', 3, 1],
  ['one', 1, 1],
  ['all', 3, 3],
  [2, 2, 2],
];

const IDS = [SELF, QUICK, LATE];
const KEY = Buffer.from('key');
const RING: Ring = {
  clusterId: 'c'.repeat(32),
  epoch: 1,
  replicas: 3,
  writeQuorum: 3,
  readQuorum: 1,
  members: IDS.map((id) => ({ id, address: `${id}:1`, weight: 1, zone: '' })),
  layout: [[0, 1, 2]],
};

for (const [level, write, read] of LEVELS) {
  test(`level ${level} -> as many answers as the ring says, not the node`, () => {
    const { selection } = new World();
    assert.equal(selection.groups(RING, KEY, level, 'write'), [{ owners: IDS, needed: write }]);
    assert.equal(selection.groups(RING, KEY, level, 'read'), [{ owners: IDS, needed: read }]);
  });
}

test('more answers than there are owners -> impossible, at any time', () => {
  const { selection, lose } = new World();
  const fewer = { members: RING.members.slice(0, 2), layout: [[0, 1]] };
  for (const [ring, level] of [
    [RING, 4],
    [{ ...RING, transition: fewer }, 3],
  ] as const) {
    const refusal = selection.groups(ring, KEY, level, 'read');
    assert.ok('ok' in refusal && refusal.code === 'level_impossible', JSON.stringify(refusal));
    assert.equal([refusal.needed, refusal.got, refusal.applied], [level, 0, 'no']);
    assert.match(refusal.detail, `${level} owners cannot answer: the key has ${level - 1}`);
  }
  assert.equal(selection.groups(RING, KEY, 3, 'read'), [{ owners: IDS, needed: 3 }]);
  lose(LATE);
  const refusal = selection.groups(RING, KEY, 3, 'read');
  assert.ok('ok' in refusal && refusal.code === 'quorum_unavailable');
  assert.equal([refusal.needed, refusal.got], [3, 2]);
});

test('who cannot be reached -> asked after who is suspected', () => {
  const world = new World();
  const groups = [majorityOf([LATE, QUICK, 'd', SELF])];
  world.suspect(QUICK);
  world.lose(LATE);
  assert.equal(world.selection.preferred(groups), [SELF, 'd', QUICK, LATE]);
});

test('a few milliseconds more -> no slower than the others', () => {
  for (const [tookMs, order] of [
    [5, [SELF, LATE, QUICK]],
    [9, [SELF, QUICK, LATE]],
  ] as const) {
    const { selection } = new World();
    selection.note(QUICK, 1);
    selection.note(LATE, tookMs);
    assert.equal(selection.preferred(GROUPS), order, `${tookMs} ms`);
  }
});

test('a round asks a majority, and has as many store it as a plain write', () => {
  const { selection, lose } = new World();
  const quorums = { groups: [majorityOf(IDS)], storing: [{ owners: IDS, needed: 3 }] };
  assert.equal(selection.register(RING, KEY, 'write'), quorums);
  lose(LATE);
  const failure = selection.register(RING, KEY, 'write');
  assert.ok('ok' in failure && failure.code === 'quorum_unavailable' && failure.needed === 3);
  assert.equal(selection.register(RING, KEY, 'read'), quorums, 'a read acknowledges nothing');
});

test('any legal numbers, any number of owners -> rounds and plain quorums meet', () => {
  const { selection } = new World();
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const members = ids.map((id) => ({ id, address: `${id}:1`, weight: 1, zone: '' }));
  let rings = 0;
  for (const replication of legalReplications(7)) {
    for (let owners = 1; owners <= replication.replicas; owners++) {
      const layout = [ids.slice(0, owners).map((_, index) => index)];
      const ring: Ring = { ...RING, ...replication, members, layout };
      const needed = (groups: ReturnType<typeof selection.groups>) =>
        Array.isArray(groups) ? groups[0]!.needed : 0;
      const quorums = selection.register(ring, KEY, 'write');
      assert.ok('groups' in quorums);
      const { needed: preparing } = quorums.groups[0]!;
      const { needed: storing } = quorums.storing[0]!;
      const writing = needed(selection.groups(ring, KEY, 'quorum', 'write'));
      const reading = needed(selection.groups(ring, KEY, 'quorum', 'read'));
      const what = JSON.stringify({ ...replication, owners });
      assert.ok(preparing + storing > owners, `a round and the next: ${what}`);
      assert.ok(preparing + writing > owners, `a plain write and a round: ${what}`);
      assert.ok(storing + reading > owners, `a round and a plain read: ${what}`);
      assert.ok(storing + writing > owners, `a round and a plain write: ${what}`);
      rings++;
    }
  }
  assert.ok(rings > 200, `${rings} rings`);
});

test.run();
