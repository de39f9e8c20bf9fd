/** The event stream. */
import { type MetricRows, single } from '../row.js';

export const EVENTS: MetricRows = {
  quorate_event_subscribers: {
    type: 'gauge',
    help: 'Clients that follow the events of this node, or of all members through it.',
    read: ({ node }) => single(node.events.subscribers),
  },
  quorate_events_dropped_total: {
    type: 'counter',
    help: 'Events that a subscriber has missed, as it was too slow for what is kept.',
    read: ({ node }) => single(node.events.dropped),
  },
};
