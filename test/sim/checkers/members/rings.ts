/**
 * One ring value for each epoch, wherever and whenever it comes into force; no node goes back to an
 * earlier one, not even by a restart; and when all is over, all nodes are at one.
 */
import type { NodeId } from '../../../../src/core/data/version.js';
import type { Check } from '../checker.js';

export const ringsAgree: Check = ({ cluster }, violated) => {
  const values = new Map<string, string>();
  const epochs = new Map<NodeId, number>();
  return {
    invariant: 'one ring for each epoch',
    fact(machine, fact) {
      if (fact.type !== 'ring.changed') return;
      const { ring } = fact;
      const node = machine.running!.identity.id;
      const name = `${ring.clusterId} ${ring.epoch}`;
      const value = JSON.stringify(ring);
      const known = values.get(name);
      if (known !== undefined && known !== value) {
        violated(`epoch ${ring.epoch} is ${known} and at ${machine.name} ${value}`);
      }
      values.set(name, value);
      const before = epochs.get(node) ?? 0;
      // A disk that was set back brings an older ring back.
      if (ring.epoch < before && !machine.isOutdated)
        violated(`${machine.name} went from epoch ${before} to ${ring.epoch}`);
      epochs.set(node, ring.epoch);
    },
    end() {
      const rings = new Set(cluster.running.map(({ running }) => running!.node.ring()));
      const different = new Set([...rings].map((ring) => JSON.stringify(ring)));
      if (different.size > 1) violated(`in the end there are ${different.size} rings`);
    },
  };
};
