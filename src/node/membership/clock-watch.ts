/**
 * Has the cluster's clock hear what is told of clocks, and says when ours is found wrong, and when
 * it is right again. It looks whenever a peer has told the time, about once a second; whoever
 * stamps asks in the same moment.
 */
import type { FactBus } from '../../events/fact-bus.js';
import type { Clock } from '../../ports.js';
import type { ClusterClock } from './cluster-clock.js';

export function watchClock(parts: {
  readonly facts: FactBus;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly clusterClock: Pick<ClusterClock, 'hear' | 'standing' | 'aheadMs'>;
}): void {
  const { facts, clock, clusterClock } = parts;
  let wrongSince: number | undefined;
  facts.watch((fact) => {
    clusterClock.hear(fact);
    if (fact.type !== 'clock.offset') return;
    const isWrong = clusterClock.standing === 'wrong';
    if (isWrong === (wrongSince !== undefined)) return;
    const now = clock.monotonic();
    if (wrongSince === undefined) {
      wrongSince = now;
      facts.tell({ type: 'clock.wrong', aheadMs: Math.round(clusterClock.aheadMs) });
    } else {
      facts.tell({ type: 'clock.right', forMs: Math.round(now - wrongSince) });
      wrongSince = undefined;
    }
  });
}
