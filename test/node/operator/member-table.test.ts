/** The members in the status of a node: what it knows of each, and no more. */
import * as assert from 'uvu/assert';
import { FactBus } from '../../../src/events/fact-bus.js';
import { MemberTable } from '../../../src/node/operator/member-table.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';
import { diskIn, idOf, OneNode, ringOf } from '../one-node.js';

const test = suite('member table');
const STORE = { rows: 5, bytes: 500, walBytes: 0, readOnly: false };

function serving(): OneNode {
  const it = new OneNode({ disk: diskIn(ringOf(1, 'a', 'b', 'c', 'd')), evictAfterMs: 0 });
  return it.pass(10).connect('b', 'c', 'd').pass(5000);
}

test('status -> the verdict first, a row for each member, its own rows and bytes', () => {
  const it = serving();
  const status = it.node.status(STORE);
  assert.is(Object.keys(status)[0], 'verdict');
  assert.is(status.verdict.state, 'healthy');
  assert.equal(status.store, STORE);
  const [own, b] = status.members;
  const place = { weight: 1, zone: '', partitions: 6 };
  assert.equal(own, {
    ...{ id: idOf('a'), address: 'a:1', ...place, standing: 'self' },
    ...{ status: 'alive', forMs: 5010, incarnation: own!.incarnation, rows: 5, bytes: 500 },
  });
  const { forMs, roundTripMs, clockOffsetMs, ...known } = b!;
  assert.equal(known, {
    ...{ id: idOf('b'), address: 'b:1', ...place, standing: 'up' },
    ...{ status: 'alive', incarnation: 1, hints: { rows: 0, bytes: 0 } },
  });
  assert.ok(forMs! > 0);
  assert.is(roundTripMs, 1, 'it answers probes within a millisecond');
  assert.ok(Math.abs(clockOffsetMs!) <= 1);
  assert.not.ok('rows' in b!, 'nobody has told');
});

test('a member goes -> its status and since when; what was measured is gone', () => {
  const it = serving();
  it.silence('b').disconnect('b').pass(60_000);
  const { status, forMs, standing, roundTripMs } = it.node.status().members[1]!;
  assert.equal([status, standing, roundTripMs], ['dead', 'unreachable', undefined]);
  assert.ok(forMs! > 0 && forMs! < 60_000);
});

test('hints wait for a member and for a stranger -> in the row of the member', () => {
  const kept = { rows: 2, bytes: 70, state: 'waiting' as const };
  const self = { id: idOf('a'), address: 'a:1', bootId: '', incarnation: 1 };
  const table = new MemberTable({
    settings: { self: { id: idOf('a') } },
    clock: new ManualClock(),
    facts: new FactBus(),
    membership: {
      status: () => {
        return { self: { ...self, status: 'alive' }, localHealth: 0, rumours: 0, members: [] };
      },
    },
    reachability: { standingOf: () => 'up' },
    hints: { status: () => ['b', 'x'].map((name) => ({ target: idOf(name), ...kept })) },
  });
  const rows = table.rows(ringOf(1, 'a', 'b', 'c'));
  assert.equal(
    rows.map(({ hints }) => hints?.rows),
    [undefined, 2, 0],
  );
});

test('no ring -> no members, and the verdict says what it waits for', () => {
  const it = new OneNode({ introducers: ['x:1'] }).pass(10);
  const { members, verdict } = it.node.status();
  assert.equal(members, []);
  assert.is(verdict.state, 'unavailable');
});

test.run();
