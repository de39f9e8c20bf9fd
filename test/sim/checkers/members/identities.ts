/**
 * A disk belongs to one node until that node says that it gives its identity up; an identity whose
 * disk was lost never comes back; and who runs on an older state of its disk notices it, and does
 * not go on under its name.
 */

import type { NodeId } from '../../../../src/core/data/version.js';
import { namesMember } from '../../../../src/core/ring/ring.js';
import type { Machine } from '../../cluster/machine.js';
import type { Check } from '../checker.js';

export const identitiesAreGivenUp: Check = ({ cluster }, violated) => {
  const lastIds = new Map<Machine, NodeId>();
  const saidSo = new Set<NodeId>();
  return {
    invariant: 'identities are given up',
    logged(machine, event) {
      if (event === 'node.left' || event === 'node.renounced') {
        saidSo.add(machine.running!.identity.id);
      }
    },
    started(machine, { identity: { id } }) {
      const before = lastIds.get(machine);
      lastIds.set(machine, id);
      const now = machine.formerIds.get(id);
      if (now && now.how !== 'outdated') {
        violated(`${machine.name} boots as ${id} again, whose disk was ${now.how}`);
      }
      if (before === undefined || before === id || saidSo.has(before)) return;
      // Who failed before it was on disk was never anybody.
      const isKnown = cluster.ring && namesMember(cluster.ring, before);
      if (!isKnown || machine.formerIds.get(before)?.how !== 'renounced') return;
      violated(`${machine.name} boots as ${id} on the disk of ${before}`);
    },
    end() {
      for (const { name, nodeId, isOutdated } of cluster.running) {
        if (isOutdated) violated(`${name} is ${nodeId} still, on an old state of its disk`);
      }
    },
  };
};
