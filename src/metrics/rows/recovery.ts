/** How owners get what they lack: hints, comparison of hash trees, transfers. */
import { byName, byPeer, type MetricRows, PEER, single } from '../row.js';

export const RECOVERY: MetricRows = {
  quorate_hints_pending: {
    type: 'gauge',
    help: 'Hints that wait here for a member, as of about a second ago.',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'others', ({ hints }) => hints.rows),
  },
  quorate_hints_pending_bytes: {
    type: 'gauge',
    help: 'What their records take.',
    unit: 'bytes',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'others', ({ hints }) => hints.bytes),
  },
  quorate_hints_stored_total: {
    type: 'counter',
    help: 'Records that an owner has missed and that were kept for it here.',
    read: ({ node }) => single(node.hints.stored),
  },
  quorate_hints_replayed_total: {
    type: 'counter',
    help: 'Hints that were brought to their owners.',
    read: ({ node }) => single(node.hints.replayed),
  },
  quorate_hints_received_total: {
    type: 'counter',
    help: 'Records that others have kept for this node and brought.',
    read: ({ node }) => single(node.hints.received),
  },
  quorate_hints_dropped_total: {
    type: 'counter',
    help: 'Records that were not, or no longer, kept for their owners: hash trees will find them.',
    labels: {
      reason: '`refused`: no room; `expired`; `useless`: damaged, or of somebody who is no owner',
    },
    read: ({ node: { hints } }) => {
      const { refused, expired, useless } = hints;
      return byName('reason', { refused, expired, useless });
    },
  },
  quorate_antientropy_repairs_total: {
    type: 'counter',
    help: 'Partitions of which something was fetched from another owner, as they differed.',
    read: ({ facts }) => single(facts.byType['repair.done']),
  },
  quorate_antientropy_records_total: {
    type: 'counter',
    help: 'Records that were fetched so.',
    read: ({ facts }) => single(facts.repaired.records),
  },
  quorate_antientropy_bytes_total: {
    type: 'counter',
    help: 'Bytes of them.',
    unit: 'bytes',
    read: ({ facts }) => single(facts.repaired.bytes),
  },
  quorate_antientropy_dirty_partitions: {
    type: 'gauge',
    help: 'Partitions in which something is known to be missing: they are compared first.',
    read: ({ node }) => single(node.partitions.dirty),
  },
  quorate_tree_mismatches_total: {
    type: 'counter',
    help: 'Hash trees that were not what their rows make, and were built anew.',
    read: ({ facts }) => single(facts.byType['tree.mismatch']),
  },
  quorate_scrub_progress_ratio: {
    type: 'gauge',
    help: 'How far the scrub is through all rows, from 0 to 1.',
    read: ({ node: { scrub } }) => single(scrub.total === 0 ? 0 : scrub.done / scrub.total),
  },
  quorate_scrub_rows_total: {
    type: 'counter',
    help: 'Rows that the scrub has read, to see whether they are damaged.',
    read: ({ node }) => single(node.scrub.rows),
  },
  quorate_scrub_damaged_total: {
    type: 'counter',
    help: 'Rows that it has found damaged.',
    read: ({ node }) => single(node.scrub.damaged),
  },
  quorate_scrub_healed_total: {
    type: 'counter',
    help: 'Of these, rows that it has fetched from another owner.',
    read: ({ node }) => single(node.scrub.healed),
  },
  quorate_partitions_owned: {
    type: 'gauge',
    help: 'Partitions that this node owns, or is about to own.',
    read: ({ node }) => single(node.partitions.owned),
  },
  quorate_partitions_pulling: {
    type: 'gauge',
    help: 'Partitions that this node has yet to fetch before a change of owners can end.',
    read: ({ node }) => single(node.partitions.pulling),
  },
  quorate_partitions_leftover: {
    type: 'gauge',
    help: 'Partitions that others own now, and that are to be dropped here.',
    read: ({ node }) => single(node.partitions.leftover),
  },
  quorate_transfer_records_total: {
    type: 'counter',
    help: 'Records that were fetched because owners changed; counted when all are there.',
    read: ({ facts }) => single(facts.transferred.records),
  },
  quorate_transfer_bytes_total: {
    type: 'counter',
    help: 'Bytes of them.',
    unit: 'bytes',
    read: ({ facts }) => single(facts.transferred.bytes),
  },
  quorate_collected_rows_total: {
    type: 'counter',
    help: 'Rows that were dropped here because others own them.',
    read: ({ facts }) => single(facts.collectedRows),
  },
  quorate_tombstones_waiting: {
    type: 'gauge',
    help: 'Tombstones and expired rows, old enough to go, of partitions this node looks after.',
    read: ({ node }) => single(node.tombstones.rows),
  },
  quorate_tombstones_oldest_seconds: {
    type: 'gauge',
    help: 'For how long the first of them has been deleted, or expired; 0 if there are none.',
    unit: 'seconds',
    read: ({ node }) => single(node.tombstones.forMs / 1000),
  },
  quorate_reaped_rows_total: {
    type: 'counter',
    help: 'Tombstones and expired rows that have gone here, as all owners held the same.',
    read: ({ facts }) => single(facts.reapedRows),
  },
};
