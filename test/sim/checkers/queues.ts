/** Nothing grows without bound, and nothing is left over when there is nothing to do. */
import { queueLimits } from '../../../src/core/wire/traffic.js';
import type { Check } from './checker.js';

export const queuesAreBounded: Check = ({ world, cluster, options }, violated) => ({
  invariant: 'queues are bounded',
  sample() {
    const { queuedBytesMost, largestMessage } = world.network;
    const { request, gossip } = queueLimits(options.network.maxQueuedBytes);
    // On each socket the last message may be beyond the limit: an empty queue takes any.
    if (queuedBytesMost > request + gossip + 2 * largestMessage) {
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
