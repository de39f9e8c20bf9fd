/** Requests of clients, at the node that was asked. */
import { byName, type MetricRows, type Series, single } from '../row.js';

const OPERATION = '`get`, `put`, `delete` or `list`';
const SERIES = {
  operation: OPERATION,
  level: '`one`, `quorum`, `all`, `linearizable`, `any`, or `number` for `r=` and `w=`',
  outcome:
    '`ok`; `rejected`: a condition did not hold, or the like; `failed`: certainly not done; ' +
    '`unknown`',
};

export const REQUESTS: MetricRows = {
  quorate_requests_total: {
    type: 'counter',
    help: 'Requests that have their answer.',
    labels: SERIES,
    read: ({ node }) =>
      node.requests.series.map(({ operation, level, outcome, durations }) => [
        { operation, level, outcome },
        durations.count,
      ]),
  },
  quorate_request_duration_seconds: {
    type: 'histogram',
    help: 'From taking a request to its answer; series appear with their first request.',
    unit: 'seconds',
    labels: SERIES,
    // All of them would be a thousand lines.
    read: ({ node }) =>
      node.requests.series
        .filter(({ durations }) => durations.count > 0)
        .map(({ operation, level, outcome, durations }) => [
          { operation, level, outcome },
          durations,
        ]),
  },
  quorate_request_failures_total: {
    type: 'counter',
    help: 'Requests whose answer was a problem.',
    labels: { operation: OPERATION, code: 'the stable word in the answer' },
    read: ({ node }) =>
      Object.entries(node.requests.failures).flatMap(([operation, codes]) =>
        Object.entries(codes).map(([code, count]): Series => [{ operation, code }, count]),
      ),
  },
  quorate_http_problems_total: {
    type: 'counter',
    help: 'Problems that were answered at any path, also before a request was one.',
    labels: { code: 'the stable word in the answer' },
    read: ({ problems }) => byName('code', problems),
  },
  quorate_requests_in_flight: {
    type: 'gauge',
    help: 'Requests that have no answer yet.',
    read: ({ node }) => single(node.coordinator.inFlight),
  },
  quorate_read_repairs_total: {
    type: 'counter',
    help: 'Reads that found owners in disagreement and wrote the newest value back.',
    read: ({ node }) => single(node.coordinator.repairs),
  },
  quorate_hedged_reads_total: {
    type: 'counter',
    help: 'Reads that asked one more owner because an answer was late.',
    read: ({ node }) => single(node.coordinator.hedges),
  },
  quorate_restamps_total: {
    type: 'counter',
    help: 'Writes that were stamped again, above what an owner held.',
    read: ({ node }) => single(node.coordinator.restamps),
  },
  quorate_caspaxos_rounds_total: {
    type: 'counter',
    help: 'Rounds of conditional and linearizable requests.',
    read: ({ node }) => single(node.coordinator.rounds),
  },
};
