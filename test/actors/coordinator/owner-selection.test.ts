/** Whom reads ask first when owners differ in speed: a small world in which answers take time. */
import * as assert from 'uvu/assert';
import { OwnerSelection, type Standing } from '../../../actors/coordinator/owner-selection.js';
import type { Level } from '../../../src/core/requests.js';
import { majorityOf } from '../../../src/core/ring/quorum.js';
import type { Ring } from '../../../src/core/ring/ring.js';
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
      standing: (owner) => this.#standing[owner]!,
    });
  }

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

for (const [level, write, read] of LEVELS) {
  test(`level ${level} -> as many answers as the ring says, not the node`, () => {
    const ids = [SELF, QUICK, LATE];
    const ring: Ring = {
      clusterId: 'c'.repeat(32),
      epoch: 1,
      replicas: 3,
      writeQuorum: 3,
      readQuorum: 1,
      members: ids.map((id) => ({ id, address: `${id}:1`, weight: 1, zone: '' })),
      layout: [[0, 1, 2]],
    };
    const { selection } = new World();
    const key = Buffer.from('key');
    assert.equal(selection.groups(ring, key, level, 'write'), [{ owners: ids, needed: write }]);
    assert.equal(selection.groups(ring, key, level, 'read'), [{ owners: ids, needed: read }]);
  });
}

test.run();
