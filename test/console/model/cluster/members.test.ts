/** The rows of the table of members. */
import * as assert from 'uvu/assert';
import {
  hintsByTarget,
  memberRows,
  shares,
} from '../../../../src/console/model/cluster/members.js';
import type { Ring } from '../../../../src/core/ring/ring.js';
import { NOTHING_KNOWN, type NodeView, type View } from '../../../../src/events/view.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('member rows');

const member = (id: string, port: number) => ({ id, address: `h:${port}`, weight: 1, zone: 'z' });
const [a, b, c] = [member('a', 8080), member('b', 8081), member('c', 10000)];
const ring: Ring = {
  ...{ clusterId: 'x', epoch: 4, members: [a, b], replicas: 2, writeQuorum: 2, readQuorum: 1 },
  layout: [
    [0, 1],
    [0, 1],
  ],
  transition: {
    members: [a, b, c],
    layout: [
      [0, 2],
      [0, 1],
    ],
  },
};
const sample = {
  ...{ ms: 5000, gets: 0, puts: 0, deletes: 0, failed: 0, p50Ms: null, p99Ms: null, inFlight: 0 },
  ...{ lateMs: 0, rows: 9, bytes: 100, residentBytes: 1000 },
  hints: [{ target: 'b', rows: 3, bytes: 30 }],
};
const seen: NodeView = {
  ...NOTHING_KNOWN,
  ...{ address: 'h:8080', state: 'serving', ring, sample, hints: ['b'] },
  members: {
    b: { address: 'h:8081', status: 'dead', since: 1000 },
    c: { address: 'h:10000', status: 'alive', since: 2000 },
    d: { address: 'h:8083', status: 'alive', since: 2500 },
    e: { address: 'h:8084', status: 'dead', since: 0 },
  },
  peers: { c: { address: 'h:10000', offsetMs: -2, roundTripMs: 1.5 } },
};
const view: View = { nodes: { a: seen, c: { ...NOTHING_KNOWN, hints: ['b'] } } };
const rows = () => memberRows(view, 'a', 3000);
const rowOf = (id: string) => rows().find((row) => row.id === id)!;

test('members, and who is there besides -> rows by address; the dead of no ring have none', () => {
  assert.equal(
    rows().map(({ id, standing, forMs }) => [id, standing, forMs]),
    [
      ['a', 'this node', undefined],
      ['b', 'dead', 2000],
      ['d', 'away', 500],
      ['c', 'alive', 1000],
    ],
  );
});

test('what each has told, and what is kept for it', () => {
  const { rows: stored, bytes, state, epoch, partitions, partitionsAfter } = rowOf('a');
  assert.equal([stored, bytes, state, epoch], [9, 100, 'serving', 4]);
  assert.equal([partitions, partitionsAfter], [2, 2]);
  assert.equal(rowOf('b').hints, { rows: 3, bytes: 30 });
  assert.equal([rowOf('b').partitions, rowOf('b').partitionsAfter], [2, 1]);
  assert.equal(
    [rowOf('c').roundTripMs, rowOf('c').offsetMs, rowOf('c').rows],
    [1.5, -2, undefined],
  );
});

test('hints for which no numbers were told -> the target all the same', () => {
  assert.equal([...hintsByTarget({ nodes: { c: view.nodes.c! } })], [['b', { rows: 0, bytes: 0 }]]);
});

test('shares -> of all copies', () => {
  assert.equal([...shares(rows()).values()], [0.5, 0.5, 0, 0]);
});

test.run();
