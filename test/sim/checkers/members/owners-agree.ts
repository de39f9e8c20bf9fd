/**
 * When all is over, the owners of a partition hold the same, and nobody holds anything of a
 * partition that others own. What a dead owner holds nobody can compare with: then leftovers stay.
 */

import { wallTimeOf } from '../../../../src/core/data/hybrid-clock.js';
import { formatVersion } from '../../../../src/core/data/version.js';
import { ownersOf } from '../../../../src/core/ring/ring.js';
import { PLAUSIBLE_MS } from '../../cluster/clocks.js';
import type { Machine } from '../../cluster/machine.js';
import { isIntactRow, listedIn, type SimDisk } from '../../disk/disk.js';
import { LONGEST_SCRUB_MS } from '../../options.js';
import type { Check, Scene } from '../checker.js';

export const ownersAgree: Check = (scene, violated) => ({
  invariant: 'owners agree',
  end() {
    for (const difference of misplaced(scene)) violated(difference);
  },
});

/**
 * What is not where it belongs, in one sentence each. The ring has to be stable. What a clock that
 * was wrong has stamped far ahead, and one owner alone holds, is kept from the others until its
 * time comes. What has rotted stays so until it is read, if no scrub comes round.
 */
export function misplaced({ cluster, options }: Pick<Scene, 'cluster' | 'options'>): string[] {
  const { ring } = cluster;
  const isScrubbed = options.scrubEveryMs <= LONGEST_SCRUB_MS;
  if (!ring) return [];
  const found: string[] = [];
  for (let partition = 0; partition < ring.layout.length; partition++) {
    const { present } = ownersOf(ring, partition);
    const owners = present.map((id) => cluster.machineOf(id)!);
    const [first, ...others] = owners.filter(({ running }) => running);
    const ahead = owners.flatMap((owner) => keysAhead(owner, partition));
    const damaged = isScrubbed ? [] : owners.flatMap((owner) => keysDamaged(owner, partition));
    const without = new Set([...ahead, ...damaged]);
    for (const other of others) {
      const onFirst = rowsIn(first!.disk, partition, without);
      const onOther = rowsIn(other.disk, partition, without);
      const only = (some: readonly string[], others: readonly string[]) =>
        some.filter((row) => !others.includes(row)).join(', ');
      const differences = [only(onFirst, onOther), only(onOther, onFirst)];
      if (differences.every((rows) => rows === '')) continue;
      const [here, there] = differences;
      found.push(
        `partition ${partition}: only ${first!.name} has [${here}], only ${other.name} [${there}]`,
      );
    }
    // Until then nobody lets go of what they may need.
    if (ahead.length > 0 || !owners.every(({ running }) => running)) continue;
    for (const { name, disk } of cluster.running) {
      const isOwner = owners.some((owner) => owner.name === name);
      if (isOwner || disk.rowsOf(partition).size === 0) continue;
      found.push(`${name} holds rows of partition ${partition}, which it does not own`);
    }
  }
  return found;
}

/** Whether some node holds what no node with a right clock can have taken. */
export function isAnyAhead({ running }: Scene['cluster']): boolean {
  return running.some((machine) =>
    machine.disk.partitions().some((partition) => keysAhead(machine, partition).length > 0),
  );
}

/** Of what owners need not agree on yet: what no node with a right clock can have taken. */
function keysAhead({ disk, running }: Machine, partition: number): string[] {
  if (!running) return [];
  const latest = running.node.wallMs() + PLAUSIBLE_MS;
  const rows = [...disk.rowsOf(partition)];
  return rows.filter(([, row]) => wallTimeOf(listedIn(row).time) > latest).map(([key]) => key);
}

function keysDamaged({ disk, running }: Machine, partition: number): string[] {
  if (!running) return [];
  const rows = [...disk.rowsOf(partition)];
  return rows.filter(([, row]) => !isIntactRow(row)).map(([key]) => key);
}

function rowsIn(disk: SimDisk, partition: number, without: ReadonlySet<string>): string[] {
  const rows = [...disk.rowsOf(partition)].filter(([key]) => !without.has(key));
  return rows.map(([key, row]) => `${key} at ${formatVersion(listedIn(row))}`);
}
