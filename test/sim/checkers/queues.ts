/** Nothing grows without bound, and nothing is left over when there is nothing to do. */
import type { Check } from './checker.js';

/** A message is queued whole: that much a queue may be longer than its limit. */
const LARGEST_MESSAGE_BYTES = 256 << 10;

export const queuesAreBounded: Check = ({ world, cluster, options }, violated) => ({
  invariant: 'queues are bounded',
  sample() {
    const { queuedBytesMost } = world.network;
    if (queuedBytesMost > options.network.maxQueuedBytes + LARGEST_MESSAGE_BYTES) {
      violated(`${queuedBytesMost} bytes waited for one peer`);
    }
    for (const { name, node } of cluster.machines) {
      if (!node?.isReady()) continue;
      const { inFlight } = node.status().requests;
      if (inFlight < 0 || inFlight > options.maxInFlight) {
        violated(`${inFlight} requests in flight at ${name}`);
      }
    }
  },
  end() {
    for (const { name, running } of cluster.running) {
      const { inFlight } = running!.node.status().requests;
      if (inFlight > 0) violated(`${inFlight} requests are still in flight at ${name}`);
    }
  },
});
