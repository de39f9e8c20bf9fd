/** What owners ask of each other about whole partitions: transfers, anti-entropy, sizes. */

import { bytes, list, maybe, struct, u16, u32, uint53, version } from '../codec.js';
import { NO_VERSION } from '../data/version.js';
import { FINGERPRINT_BYTES } from '../tree/fingerprints.js';
import { MAX_LEAF_SET_BYTES, MAX_TREE_BYTES, ROOT_BYTES } from '../tree/hash-tree.js';
import { GROUP_SUMS_BYTES } from '../tree/leaf-groups.js';
import { key, outcome, records } from './fields.js';
import { PAGE_ROWS_LIMIT, RECORDS_LIMIT } from './limits.js';
import { message, refusable, request, sum } from './row.js';

/** The version and the length of the key. */
const ENTRY_OVERHEAD_BYTES = 32;
/** A partition's number, rows and bytes. */
const PARTITION_SIZE_BYTES = 14;
/** Partitions that are compared together. */
export const TOGETHER_LIMIT = 256;
const NO_LEAVES = Buffer.alloc(0);
const head = { call: u32, epoch: u32 };
const said = { call: u32, outcome, epoch: u32 };
const size = struct({ partition: u16, rows: u32, bytes: uint53 });

const ended = list(struct({ key, version }), RECORDS_LIMIT);
const entriesBytes = ({ entries }: { entries: readonly { key: Buffer }[] }) =>
  sum(entries, ({ key }) => key.length + ENTRY_OVERHEAD_BYTES);

export const PARTITION = {
  'partition.list': request({
    tag: 20,
    what:
      'Asks for a page of a partition in key order: of `leaves` of its hash tree, or of all; ' +
      'behind `after` and up to `upTo`, without rows of these fingerprints, of two bytes each if ' +
      'they are 100 at most, else of four (`core/tree/fingerprints.ts`).',
    fields: {
      ...head,
      partition: u16,
      leaves: maybe(bytes(MAX_LEAF_SET_BYTES)),
      after: maybe(key),
      upTo: maybe(key),
      limit: u16,
      salt: u32,
      held: bytes(PAGE_ROWS_LIMIT * FINGERPRINT_BYTES),
    },
    reply: 'partition.listed',
    priority: 'repair',
    size: ({ held }) => held.length,
  }),
  'partition.listed': refusable({
    tag: 21,
    what: 'The page; `next` is the key behind which to go on.',
    fields: { ...said, entries: list(struct({ key, version }), PAGE_ROWS_LIMIT), next: maybe(key) },
    refused: { entries: [], next: undefined },
    channel: 'bulk',
    priority: 'repair',
    size: entriesBytes,
  }),
  'partition.fetch': request({
    tag: 22,
    what: 'Asks for records.',
    fields: { ...head, keys: list(key, RECORDS_LIMIT) },
    reply: 'partition.fetched',
    priority: 'repair',
    size: ({ keys }) => sum(keys, (key) => key.length),
  }),
  'partition.fetched': refusable({
    tag: 23,
    what: 'As many of the records as fit, in the order of the keys.',
    fields: { ...said, records },
    refused: { records: [] },
    channel: 'bulk',
    priority: 'repair',
    size: ({ records }) => sum(records, (record) => record.length),
  }),
  'partition.tree': request({
    tag: 24,
    what: 'Asks for the leaves of a partition’s hash tree.',
    fields: { ...head, partition: u16 },
    reply: 'partition.leaves',
    priority: 'repair',
  }),
  'partition.roots': request({
    tag: 72,
    what: 'Asks which of these partitions differ: what all leaves of each hash tree come to here.',
    fields: {
      ...head,
      partitions: list(u16, TOGETHER_LIMIT),
      roots: bytes(TOGETHER_LIMIT * ROOT_BYTES),
      salt: u32,
    },
    reply: 'partition.sums',
    priority: 'repair',
    size: ({ roots }) => roots.length,
  }),
  'partition.sums': refusable({
    tag: 73,
    what: 'Those that do, and what the groups of leaves of each come to, in short with that salt.',
    fields: {
      ...said,
      differing: list(u16, TOGETHER_LIMIT),
      sums: bytes(TOGETHER_LIMIT * GROUP_SUMS_BYTES),
    },
    refused: { differing: [], sums: NO_LEAVES },
    channel: 'bulk',
    priority: 'repair',
    size: ({ sums }) => sums.length,
  }),
  'partition.compare': request({
    tag: 33,
    what:
      'Asks for all leaves of a partition’s hash tree, or those of some groups in short with a ' +
      'salt, unless `root` is what all come to.',
    fields: { ...head, partition: u16, root: bytes(ROOT_BYTES), groups: u16, salt: u32 },
    reply: 'partition.leaves',
    priority: 'repair',
  }),
  'partition.leaves': refusable({
    tag: 25,
    what: 'Leaves (`core/tree/hash-tree.ts`), or none; up to where it was reaped.',
    fields: { ...said, leaves: bytes(MAX_TREE_BYTES), reaped: version },
    refused: { leaves: NO_LEAVES, reaped: NO_VERSION },
    channel: 'bulk',
    priority: 'repair',
    size: ({ leaves }) => leaves.length,
  }),
  'partition.confirm': request({
    tag: 60,
    what: 'Asks whether what is over is held in just these versions.',
    fields: { ...head, partition: u16, entries: ended },
    reply: 'partition.confirmed',
    priority: 'repair',
    size: entriesBytes,
  }),
  'partition.confirmed': refusable({
    tag: 61,
    what: 'Which of the entries, by their places, are not.',
    fields: { ...said, missing: list(u16, RECORDS_LIMIT) },
    refused: { missing: [] },
    priority: 'repair',
  }),
  'partition.reap': request({
    tag: 62,
    what: 'All owners hold these entries, which are over: they go, and nothing as old comes back.',
    fields: { ...head, partition: u16, upTo: version, entries: ended },
    reply: 'partition.reaped',
    priority: 'repair',
    size: entriesBytes,
  }),
  'partition.reaped': refusable({
    tag: 63,
    what: 'How many of them went.',
    fields: { ...said, rows: u32 },
    refused: { rows: 0 },
    priority: 'repair',
  }),
  'node.sizes': request({
    tag: 26,
    what: 'Asks how much of each partition the peer holds.',
    fields: { call: u32 },
    reply: 'node.sized',
    priority: 'repair',
  }),
  'node.sized': message({
    tag: 27,
    what: 'Rows and bytes of every partition that holds anything.',
    fields: { call: u32, sizes: list(size, 65536) },
    channel: 'bulk',
    priority: 'repair',
    size: ({ sizes }) => sizes.length * PARTITION_SIZE_BYTES,
  }),
};
