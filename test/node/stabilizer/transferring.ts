/** What tests of a pull have in common: owners of one partition, and one that is to become one. */
import * as assert from 'uvu/assert';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { TransferFailed } from '../../../src/node/base/work.js';
import { Transfer } from '../../../src/node/stabilizer/transfer.js';
import { record, version } from '../../support/data/records.js';
import { member, type Owner, Owners } from './owners.js';

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16)) as [
  string,
  string,
  string,
  string,
];

export { A, B, C };
export const EPOCH = 2;
/** One partition of A, B and C, on its way to B, C and D. */
export const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: EPOCH,
  ...foundingReplication({ replicas: 3 }),
  members: [A, B, C].map(member),
  layout: [[0, 1, 2]],
  transition: { members: [A, B, C, D].map(member), layout: [[1, 2, 3]] },
};

/** An owner that answers a read alone: none of them may be left out. */
export const NEEDS_ALL: Ring = { ...RING, writeQuorum: 3, readQuorum: 1 };

const owners: { current?: Owners } = {};

export async function end(): Promise<void> {
  await owners.current?.close();
  delete owners.current;
}

export function start(ring = RING) {
  const world = new Owners(ring, [A, B, C, D]);
  owners.current = world;
  const [a, b, c, d] = world.all as [Owner, Owner, Owner, Owner];
  const pullTo = async (owner: Owner) => {
    const sync = world.syncOf(owner);
    const transfer = new Transfer({ self: owner.id, rings: owner.rings, sync });
    const moved = { records: 0, bytes: 0 };
    const failure = await transfer.pull(EPOCH, 0, moved).then(
      () => undefined,
      (error: unknown) => {
        assert.instance(error, TransferFailed);
        return (error as Error).message;
      },
    );
    return { ...moved, failure };
  };
  return { world, a, b, c, d, pullTo };
}

export const at = (key: string | Buffer, time: number) => record(key, { version: version(time) });
