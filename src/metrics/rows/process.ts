/** The process; of what others call `process_*` and `nodejs_*` that which costs next to nothing. */
import { type MetricRows, single } from '../row.js';

export const PROCESS: MetricRows = {
  quorate_event_loop_lag_seconds: {
    type: 'histogram',
    help: 'How late a timer of 100 ms was, each time.',
    unit: 'seconds',
    read: ({ lag }) => single(lag.durations),
  },
  process_cpu_seconds_total: {
    type: 'counter',
    help: 'CPU time of all threads.',
    unit: 'seconds',
    read: () => {
      const { user, system } = process.cpuUsage();
      return single((user + system) / 1000);
    },
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Memory of the process, all threads.',
    unit: 'bytes',
    read: () => single(process.memoryUsage.rss()),
  },
  process_start_time_seconds: {
    type: 'gauge',
    help: 'When the process has started, since 1970.',
    unit: 'seconds',
    read: ({ processStartedAt }) => single(processStartedAt),
  },
  nodejs_heap_size_used_bytes: {
    type: 'gauge',
    help: 'JavaScript heap of the main thread that is in use.',
    unit: 'bytes',
    read: () => single(process.memoryUsage().heapUsed),
  },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    help: 'Memory of buffers and the like.',
    unit: 'bytes',
    read: () => single(process.memoryUsage().external),
  },
  nodejs_version_info: {
    type: 'gauge',
    help: '1, with the version of Node.js.',
    labels: { version: 'as `node --version` says it' },
    read: () => [[{ version: process.version }, 1]],
  },
};
