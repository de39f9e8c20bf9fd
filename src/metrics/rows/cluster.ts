/** The cluster as it is seen from here: over several nodes take `min` or `max` of it, not sums. */
import type { MetricRows } from '../row.js';
import { byName, single } from '../row.js';

export const CLUSTER: MetricRows = {
  quorate_build_info: {
    type: 'gauge',
    help: '1, with the version of the program.',
    labels: { version: 'as in `package.json`' },
    read: ({ version }) => [[{ version }, 1]],
  },
  quorate_cluster_available: {
    type: 'gauge',
    help: '1 if every partition has its quorum, as far as can be seen from here.',
    read: ({ node: { cluster } }) => single(cluster.state === 'unavailable' ? 0 : 1),
  },
  quorate_cluster_members: {
    type: 'gauge',
    help: 'Members of the ring, by what the failure detector says of them.',
    labels: {
      status: '`alive`, `suspect`, `dead`, `left`, or `unknown` before anybody has spoken',
    },
    read: ({ node: { members } }) => {
      const counts = { alive: 0, suspect: 0, dead: 0, left: 0, unknown: 0 };
      for (const { status = 'unknown' } of members) counts[status]++;
      return byName('status', counts);
    },
  },
  quorate_cluster_partitions: {
    type: 'gauge',
    help: 'Partitions of the ring.',
    read: ({ node }) => single(node.cluster.partitions),
  },
  quorate_cluster_partitions_underreplicated: {
    type: 'gauge',
    help: 'Partitions with fewer owners that can be reached than copies are wanted.',
    read: ({ node }) => single(node.cluster.fewerCopies),
  },
  quorate_cluster_partitions_unavailable: {
    type: 'gauge',
    help: 'Partitions without a quorum of owners that can be reached.',
    read: ({ node }) => single(node.cluster.withoutQuorum.any),
  },
  quorate_ring_epoch: {
    type: 'gauge',
    help: 'Number of the ring in force; 0 before there is one.',
    read: ({ node }) => single(node.cluster.epoch),
  },
  quorate_ring_changing: {
    type: 'gauge',
    help: '1 while owners change.',
    read: ({ node }) => single(node.cluster.isChanging ? 1 : 0),
  },
  quorate_facts_total: {
    type: 'counter',
    help: 'What this node has told of itself.',
    labels: { type: 'one of the facts in [protocol.md](protocol.md#facts)' },
    read: ({ facts }) => byName('type', facts.byType),
  },
};
