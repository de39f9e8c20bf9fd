/**
 * In no node's view does the incarnation of a member go down; and when all is over, all nodes have
 * the same view: who runs is alive, who does not is dead, and so is everybody that a machine once
 * was and is no more.
 */
import type { NodeId } from '../../../../src/core/data/version.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { Check } from '../checker.js';

export const membershipAgrees: Check = ({ cluster }, violated) => {
  /** By the life of the viewer: what it believed, it may forget when it dies. */
  const views = new WeakMap<object, Map<NodeId, number>>();
  /** The highest incarnation of a node that anybody has heard of. */
  const heard = new Map<NodeId, number>();
  return {
    invariant: 'membership agrees',
    started(machine, { identity }) {
      const before = heard.get(identity.id) ?? 0;
      if (identity.incarnation > before || machine.isOutdated) return;
      violated(`${machine.name} boots with incarnation ${identity.incarnation} after ${before}`);
    },
    fact(machine, fact) {
      if (fact.type === 'event.unexpected')
        violated(`${machine.name} had no use for ${fact.event}`);
      if (!('incarnation' in fact) || !('id' in fact)) return;
      const viewer = machine.running!;
      const view = views.get(viewer) ?? new Map<NodeId, number>();
      views.set(viewer, view);
      const before = view.get(fact.id) ?? 0;
      if (fact.incarnation < before) {
        violated(`${machine.name} saw ${fact.id} at ${before} and then at ${fact.incarnation}`);
      }
      view.set(fact.id, fact.incarnation);
      heard.set(fact.id, Math.max(heard.get(fact.id) ?? 0, fact.incarnation));
    },
    end() {
      for (const disagreement of disagreements(cluster)) violated(disagreement);
    },
  };
};

/**
 * Where the views of the running nodes differ from what is the case, or from each other: of a dead
 * node all have to know the same last life, or one of them will hear news of it yet.
 */
export function disagreements(cluster: Cluster): string[] {
  const found: string[] = [];
  const lastLives = new Map<NodeId, number>();
  for (const viewer of cluster.running) {
    for (const { id, incarnation } of viewer.running!.node.status().membership.members) {
      lastLives.set(id, Math.max(lastLives.get(id) ?? 0, incarnation));
    }
  }
  for (const viewer of cluster.running) {
    const { members } = viewer.running!.node.status().membership;
    const byId = new Map(members.map((member) => [member.id, member]));
    for (const { id, status } of members) {
      if (status === 'dead' || status === 'left' || cluster.diskOf(id)) continue;
      found.push(`${viewer.name} sees ${id} ${status}; nobody is ${id} any more`);
    }
    for (const machine of cluster.machines) {
      if (machine === viewer || machine.nodeId === undefined || machine.isOutdated) continue;
      const seen = byId.get(machine.nodeId);
      const how = seen ? `${seen.status} at ${seen.incarnation}` : 'unknown';
      const { running } = machine;
      const self = running?.node.status().membership.self;
      const is = self ? `alive at ${self.incarnation}` : `dead at ${lastLives.get(machine.nodeId)}`;
      const agrees = how === is || (!self && !lastLives.has(machine.nodeId));
      if (!agrees) found.push(`${viewer.name} sees ${machine.name} ${how}; it is ${is}`);
    }
  }
  return found;
}
