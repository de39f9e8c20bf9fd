/** What a person is told of a plan, word for word. */
import * as assert from 'uvu/assert';
import type { Plan, PlannedNode } from '../../../src/core/planning/plan.js';
import { count, explain, named } from '../../../src/core/planning/sentences.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('plan in sentences');

const load = (partitions: number) => ({ partitions, rows: 0, bytes: 0 });

function node(id: string, fields: Partial<PlannedNode> = {}): PlannedNode {
  const [before, after, fetches] = [load(4), load(4), load(0)];
  const rest = { change: 'stays', alive: true, before, after, fetches } as const;
  return { id, address: `${id}:1`, zone: 'z', ...rest, ...fields };
}

const [a, b, c] = ['a', 'b', 'c'].map((id) => node(id)) as [PlannedNode, PlannedNode, PlannedNode];
const whole = { fewestCopies: 3, unavailable: 0 };
/** Of a change that troubles nobody. */
const quiet: Plan = {
  epoch: 7,
  replicas: 3,
  partitions: 4,
  nodes: [a, b, c],
  fetches: load(0),
  fewestMoves: 0,
  now: whole,
  during: whole,
  afterwards: whole,
  stuck: [],
  inOneZone: 0,
  voters: { alive: 2, needed: 2 },
  silent: [],
};

const explained = (
  fields: Partial<Plan>,
  known: { unanswered?: string[]; underWay?: boolean } = {},
) => explain({ ...quiet, ...fields }, { unanswered: [], underWay: false, ...known });

test('nothing to mind -> no word, and it can finish', () => {
  const { canFinish, obstacles, warnings, ...rest } = explained({});
  assert.equal([canFinish, obstacles, warnings], [true, [], []]);
  assert.equal(rest, { ...quiet, unanswered: [] });
});

const OBSTACLES: readonly [string, Partial<Plan>, string][] = [
  [
    'too few voters',
    { voters: { alive: 1, needed: 2 } },
    '2 voters have to agree and 1 can be reached: start more.',
  ],
  [
    'one partition that nobody has whole: only dead owners are named',
    {
      stuck: [{ partition: 3, alive: 1, needed: 2 }],
      nodes: [
        a,
        node('b', { alive: false }),
        node('c', { alive: false, before: load(1) }),
        node('d', { alive: false, before: load(0) }),
      ],
    },
    'Too few present owners of 1 partition (3) can be reached to copy everything from: ' +
      'start one or more of b, c.',
  ],
  [
    'who would have to copy is dead',
    { silent: ['b'] },
    'b would have to copy data and is dead: start it, or remove it too.',
  ],
];

for (const [name, fields, sentence] of OBSTACLES) {
  test(`${name} -> it cannot finish, and why`, () => {
    const { canFinish, obstacles, warnings } = explained(fields);
    assert.equal([canFinish, obstacles, warnings], [false, [sentence], []]);
  });
}

const elsewhere = node('d', { zone: 'y', change: 'leaves' });
const WARNINGS: readonly [string, Partial<Plan>, string][] = [
  [
    'fewer members than replicas',
    { nodes: [a, b, node('c', { change: 'leaves' })] },
    '2 members for 3 replicas: of each key there would be 2 copies.',
  ],
  [
    'one member is left',
    { nodes: [a], replicas: 2 },
    '1 member for 2 replicas: of each key there would be 1 copy.',
  ],
  [
    'one zone has all of a partition',
    { nodes: [a, b, c, elsewhere], inOneZone: 1 },
    'All copies of 1 partition would be in one zone, and be lost with it.',
  ],
  [
    'one zone has all of them',
    { nodes: [a, b, c, elsewhere], inOneZone: 4 },
    'All copies of every partition would be in one zone, and be lost with it.',
  ],
  [
    'copies get fewer',
    { afterwards: { fewestCopies: 2, unavailable: 0 } },
    'The fewest live copies of a partition go down from 3 to 2.',
  ],
  [
    'quorums are lost while it lasts',
    { during: { fewestCopies: 3, unavailable: 2 } },
    '2 partitions could not be read or written at level quorum while it lasts.',
  ],
  [
    'quorums are lost for good',
    { afterwards: { fewestCopies: 3, unavailable: 1 } },
    '1 partition could not be read or written at level quorum afterwards.',
  ],
];

for (const [name, fields, sentence] of WARNINGS) {
  test(`${name} -> a warning, and it can finish`, () => {
    const { canFinish, obstacles, warnings } = explained(fields);
    assert.equal([canFinish, obstacles, warnings], [true, [], [sentence]]);
  });
}

test('zones, and nothing to mind about them -> no warning', () => {
  assert.equal(explained({ nodes: [a, b, c, elsewhere] }).warnings, []);
  assert.equal(explained({ inOneZone: 4 }).warnings, [], 'nobody uses any');
  const alone = { nodes: [a, elsewhere], replicas: 1, inOneZone: 4 };
  assert.equal(explained(alone).warnings, [], 'one member is always in one zone');
});

test('what is not known -> said first or last', () => {
  const fields = { afterwards: { fewestCopies: 2, unavailable: 0 } };
  const { warnings, canFinish } = explained(fields, { unanswered: ['a', 'b'], underWay: true });
  assert.equal(warnings, [
    'Another change is under way; this plan is for both together.',
    'The fewest live copies of a partition go down from 3 to 2.',
    'a, b did not say how much they hold: sizes may be too small.',
  ]);
  assert.ok(canFinish);
});

test('many -> some are named, the others counted', () => {
  assert.is(named([]), '');
  assert.is(named(['a', 'b'], 2), 'a, b');
  assert.is(named(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more');
  const many = Array.from({ length: 25 }, (_, index) => index);
  assert.match(named(many), /^0, .*, 19 and 5 more$/);
  assert.equal(
    [count(0, 'copy', 'copies'), count(1, 'row'), count(2, 'row')],
    [...['0 copies', '1 row', '2 rows']],
  );
});

test.run();
