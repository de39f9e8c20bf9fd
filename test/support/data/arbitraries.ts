/** Generators of the project's values for property tests. */
import fc from 'fast-check';
import { MOST_COUNTED } from '../../../src/core/counted.js';
import {
  type DataRecord,
  MAX_CONTENT_TYPE_BYTES,
  MAX_NAMED,
  OPERATION_BYTES,
} from '../../../src/core/data/record.js';
import type { NodeId, Version } from '../../../src/core/data/version.js';
import { bytesOfVersion } from '../../../src/core/data/version-bytes.js';
import type { Replication } from '../../../src/core/ring/replication.js';
import { isZone, type Member, type Ring } from '../../../src/core/ring/ring.js';

/** Few enough node ids that two generated ones are often equal. */
export const nodeIds: fc.Arbitrary<NodeId> = fc.oneof(
  fc.constantFrom('0000000000000000', '00000000000000a1', 'ffffffffffffffff'),
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map((n) => n.toString(16).padStart(16, '0')),
);

export const u16s = fc.integer({ min: 0, max: 0xffff });
export const u32s = fc.integer({ min: 0, max: 0xffff_ffff });

export const versions: fc.Arbitrary<Version> = fc.record(
  {
    epoch: fc.oneof(fc.nat(2), u32s),
    time: fc.oneof(fc.nat(2), fc.maxSafeNat()),
    node: nodeIds,
  },
  { noNullPrototype: true },
);

export function buffers(maxBytes: number, minBytes = 0): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: minBytes, maxLength: maxBytes }).map((a) => Buffer.from(a));
}

/** Text that has a UTF-8 form, of any language. */
export const texts = fc.string({ unit: 'binary', maxLength: 40 });

const lineages = fc
  .tuple(
    versions,
    fc.array(fc.tuple(versions, buffers(OPERATION_BYTES, OPERATION_BYTES)), {
      maxLength: MAX_NAMED,
    }),
  )
  .map(([since, named]) =>
    Buffer.concat([
      bytesOfVersion(since),
      ...named.flatMap(([version, operation]) => [bytesOfVersion(version), operation]),
    ]),
  );

export const records: fc.Arbitrary<DataRecord> = fc.record(
  {
    key: buffers(60, 1),
    version: versions,
    tombstone: fc.boolean(),
    expiresAt: fc.oneof(fc.constant(0), fc.maxSafeNat()),
    contentType: fc
      .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: MAX_CONTENT_TYPE_BYTES })
      .map((codes) => String.fromCharCode(...codes)),
    value: buffers(200),
    origin: versions,
    predecessor: versions,
    lineage: lineages,
    operation: buffers(OPERATION_BYTES, OPERATION_BYTES),
  },
  {
    noNullPrototype: true,
    requiredKeys: ['key', 'version', 'tombstone', 'expiresAt', 'contentType', 'value'],
  },
);

const members: fc.Arbitrary<Member[]> = fc
  .uniqueArray(
    fc.record(
      {
        id: nodeIds,
        address: fc.constantFrom('127.0.0.1:8080', 'db-1.example:1', '[::1]:65535'),
        weight: fc.integer({ min: 1, max: 1000 }),
        zone: texts.filter(isZone),
      },
      { noNullPrototype: true },
    ),
    { selector: (member) => member.id, minLength: 1, maxLength: 9 },
  )
  .map((list) => list.sort((a, b) => (a.id < b.id ? -1 : 1)));

interface Half {
  readonly members: readonly Member[];
  readonly layout: readonly (readonly number[])[];
}

function halves(partitions: number): fc.Arbitrary<Half> {
  return members.chain((list) => {
    const owners = fc.shuffledSubarray([...list.keys()], { minLength: 1 });
    return fc.record(
      {
        members: fc.constant(list),
        layout: fc.array(owners, { minLength: partitions, maxLength: partitions }),
      },
      { noNullPrototype: true },
    );
  });
}

const replications: fc.Arbitrary<Replication> = fc
  .record({ replicas: fc.integer({ min: 1, max: 16 }), write: fc.nat(15), read: fc.nat(15) })
  .map(({ replicas, write, read }) => {
    const leastWrite = Math.floor(replicas / 2) + 1;
    const writeQuorum = leastWrite + (write % (replicas - leastWrite + 1));
    return { replicas, writeQuorum, readQuorum: replicas - (read % writeQuorum) };
  });

/** Well-formed, though no planner would lay them out like this. */
export const rings: fc.Arbitrary<Ring> = fc.constantFrom(1, 2, 8, 32).chain((partitions) =>
  fc
    .record({
      clusterId: fc.tuple(nodeIds, nodeIds).map((ids) => ids.join('')),
      epoch: fc.integer({ min: 1, max: MOST_COUNTED }),
      replication: replications,
      half: halves(partitions),
      transition: fc.option(halves(partitions), { nil: undefined }),
    })
    .map(({ half, transition, replication, ...rest }) => ({
      ...rest,
      ...replication,
      ...half,
      ...(transition && { transition }),
    })),
);
