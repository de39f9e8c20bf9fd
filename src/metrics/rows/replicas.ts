/** The other members, and what they are to this node. */
import { byName, byPeer, type MetricRows, PEER, type Series } from '../row.js';

export const REPLICAS: MetricRows = {
  quorate_replica_round_trip_seconds: {
    type: 'histogram',
    help: 'How long owners take to answer this node as a coordinator, its own replica included.',
    unit: 'seconds',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'all', ({ roundTrips }) => roundTrips.durations),
  },
  quorate_replica_failures_total: {
    type: 'counter',
    help: 'Requests to owners that were not answered.',
    labels: {
      peer: PEER,
      reason: '`unreachable`: never sent; `lost`: the connection broke; `timeout`',
    },
    read: ({ node }) =>
      node.members.flatMap(({ id, roundTrips }) =>
        Object.entries(roundTrips.failures).map(
          ([reason, count]): Series => [{ peer: id, reason }, count],
        ),
      ),
  },
  quorate_peer_reachable: {
    type: 'gauge',
    help: '1 if a connection stands, and the failure detector does not call the peer dead.',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'others', ({ isReachable }) => (isReachable ? 1 : 0)),
  },
  quorate_peer_queue_bytes: {
    type: 'gauge',
    help: 'Bytes that wait to be sent.',
    unit: 'bytes',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'others', ({ id }) => sample.transport.queuedBytes(id)),
  },
  quorate_peer_shed_total: {
    type: 'counter',
    help: 'Messages that were not sent because a peer did not keep up.',
    labels: { priority: '`gossip` goes first, then `repair`, then `request`' },
    read: ({ transport }) => byName('priority', transport.shed),
  },
  quorate_peer_probe_seconds: {
    type: 'gauge',
    help: 'Round trip of the last probe that was answered; no series before.',
    unit: 'seconds',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'others', ({ id }) => sample.facts.clockOf(id)?.roundTripMs),
  },
  quorate_peer_clock_offset_seconds: {
    type: 'gauge',
    help: 'How far its wall clock is ahead, give or take half the round trip of that probe.',
    unit: 'seconds',
    labels: { peer: PEER },
    read: (sample) => byPeer(sample, 'others', ({ id }) => sample.facts.clockOf(id)?.offsetMs),
  },
};
