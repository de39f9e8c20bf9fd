/** Every (N, W, R) with which a cluster may be founded. */
import { objectionTo, type Replication } from '../../../src/core/ring/replication.js';

/** With up to so many replicas. */
export function legalReplications(mostReplicas: number): Replication[] {
  const legal: Replication[] = [];
  for (let replicas = 1; replicas <= mostReplicas; replicas++) {
    for (let writeQuorum = 1; writeQuorum <= replicas; writeQuorum++) {
      for (let readQuorum = 1; readQuorum <= replicas; readQuorum++) {
        const replication = { replicas, writeQuorum, readQuorum };
        if (objectionTo(replication) === undefined) legal.push(replication);
      }
    }
  }
  return legal;
}
