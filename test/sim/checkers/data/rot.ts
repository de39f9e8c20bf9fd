/**
 * Bit rot is not served, and does not look like a key that was never written: who is asked for a
 * row that is damaged on its disk says so, unless it has the row in memory, whole.
 */
import { isIntactRecord } from '../../../../src/core/data/record.js';
import type { NodeId } from '../../../../src/core/data/version.js';
import { ownersOf } from '../../../../src/core/ring/ring.js';
import type { MessageOf } from '../../../../src/core/wire/messages.js';
import type { Machine } from '../../cluster/machine.js';
import { isIntactRow } from '../../disk/disk.js';
import { isRotten } from '../../faults/rot.js';
import { LONGEST_SCRUB_MS } from '../../options.js';
import type { Check, Scene } from '../checker.js';

/** Rows that are still damaged at their owners, though all are read again and again. */
export function rotten({ cluster, options }: Pick<Scene, 'cluster' | 'options'>): string[] {
  const { ring } = cluster;
  if (!ring || options.scrubEveryMs > LONGEST_SCRUB_MS) return [];
  return cluster.running.flatMap(({ name, nodeId, disk }) =>
    disk.partitions().flatMap((partition) => {
      if (!nodeId || !ownersOf(ring, partition).present.includes(nodeId)) return [];
      return [...disk.rowsOf(partition)].flatMap(([key, row]) =>
        isIntactRow(row) ? [] : [`${key} is damaged at ${name}`],
      );
    }),
  );
}

function keepsInMemory(node: NodeId) {
  return ({ nodeId, running }: Machine) => nodeId === node && (running?.cacheBytes ?? 0) > 0;
}

function isWhole({ version, record }: MessageOf<'replica.found'>): boolean {
  return version !== undefined && (record === undefined || isIntactRecord(record));
}

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
        if (isWhole(message) && cluster.machines.some(keepsInMemory(from))) return;
        violated(`${from} answers for ${key.toString()}, which is damaged on its disk`);
      }
    },
  };
};
