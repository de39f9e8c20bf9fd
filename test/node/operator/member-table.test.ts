/** The members in the status of a node: what it knows of each, and no more. */
import * as assert from 'uvu/assert';
import { FactBus } from '../../../src/events/fact-bus.js';
import { MemberTable } from '../../../src/node/operator/member-table.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';
import { diskIn, idOf, member, OneNode, ringOf } from '../one-node.js';

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

/** A table of a among b and c, and where it hears what happens. */
function tableOf(hintsFor: readonly string[] = []) {
  const kept = { rows: 2, bytes: 70, state: 'waiting' as const };
  const self = { id: idOf('a'), address: 'a:1', bootId: '', incarnation: 1 };
  const facts = new FactBus();
  const table = new MemberTable({
    settings: { self: member('a'), programVersion: '1.2.3' },
    clock: new ManualClock(),
    facts,
    membership: {
      status: () => {
        return { self: { ...self, status: 'alive' }, localHealth: 0, rumours: 0, members: [] };
      },
    },
    reachability: { standingOf: () => 'up' },
    hints: { status: () => hintsFor.map((name) => ({ target: idOf(name), ...kept })) },
  });
  return { facts, rows: () => table.rows(ringOf(1, 'a', 'b', 'c')) };
}

test('hints wait for a member and for a stranger -> in the row of the member', () => {
  assert.equal(
    tableOf(['b', 'x'])
      .rows()
      .map(({ hints }) => hints?.rows),
    [undefined, 2, 0],
  );
});

test('versions of the program -> of those that say so, while they are connected', () => {
  const { facts, rows } = tableOf();
  const versions = () => rows().map(({ programVersion }) => programVersion);
  assert.equal(versions(), ['1.2.3', undefined, undefined]);
  facts.tell({ type: 'peer.up', id: idOf('b'), address: 'b:1', programVersion: '2.0.0' });
  facts.tell({ type: 'peer.up', id: idOf('c'), address: 'c:1', programVersion: '' });
  const offset = { at: 0, id: idOf('b'), offsetMs: 3, roundTripMs: 2 };
  facts.tell({ type: 'clock.offset', ...offset });
  assert.equal(versions(), ['1.2.3', '2.0.0', undefined]);
  const { clockOffsetMs, roundTripMs } = rows()[1]!;
  assert.equal([clockOffsetMs, roundTripMs], [3, 2]);
  facts.tell({ type: 'peer.down', id: idOf('b'), reason: '' });
  assert.equal(versions(), ['1.2.3', undefined, undefined]);
});

test('no ring -> no members, and the verdict says what it waits for', () => {
  const it = new OneNode({ introducers: ['x:1'] }).pass(10);
  const { members, verdict } = it.node.status();
  assert.equal(members, []);
  assert.is(verdict.state, 'unavailable');
});

test.run();
