/**
 * Bit rot is not served, and does not look like a key that was never written: who is asked for a
 * row that is damaged on its disk says so.
 */
import { isRotten } from '../../faults/rot.js';
import type { Check } from '../checker.js';

export const rotIsNotServed: Check = ({ cluster, options }, violated) => {
  /** What was asked for while it was damaged, by who asks whom and the number of the call. */
  const asked = new Map<string, Buffer>();
  return {
    invariant: 'rot is not served',
    sent(from, to, message) {
      if (options.faults.bitFlip === undefined) return;
      if (message.type === 'replica.read') {
        const name = `${from} ${to} ${message.call}`;
        if (isRotten(cluster, to, message.key)) asked.set(name, message.key);
        else asked.delete(name);
      } else if (message.type === 'replica.found' && message.outcome === 'ok') {
        const key = asked.get(`${to} ${from} ${message.call}`);
        if (!key || !isRotten(cluster, from, key)) return;
        violated(`${from} answers for ${key.toString()}, which is damaged on its disk`);
      }
    },
  };
};
