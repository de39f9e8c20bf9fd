/**
 * Which versions of a backup are left out, though they are the newest.
 *
 * A version further ahead than clocks may differ was stamped by a wrong one. If so many owners lack
 * it that no majority is left, no quorum ever acknowledged it, reads leave it out, and in a backup
 * it would win over what was acknowledged after it. (At `one` or `any` it may have been
 * acknowledged, and is left out all the same.) So it is in a running cluster, too
 * (`node/replica/credibility.ts`). Nodes that gave nothing, or could not read all that they hold,
 * may hold it.
 */
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { type EncodedRecord, recordVersion } from '../../core/data/record.js';
import { majority } from '../../core/ring/quorum.js';
import type { Manifest } from './manifest.js';

type Given = Pick<Manifest, 'latest' | 'nodes' | 'missing'> & {
  readonly ring: Pick<Manifest['ring'], 'replicas'>;
};

export class Credibility {
  readonly #latest: number;
  /** Of the nodes that are known. */
  readonly #neededHolders: number;

  constructor({ latest, ring, nodes, missing }: Given) {
    this.#latest = latest;
    const owners = Math.min(ring.replicas, nodes.length + missing.length);
    const damaged = nodes.filter(({ unreadable }) => unreadable > 0);
    this.#neededHolders = majority(owners) - missing.length - damaged.length;
  }

  /** `holders`: nodes that own the key and hold this record, or a newer one. */
  isBelieved(record: EncodedRecord, holders: number): boolean {
    if (wallTimeOf(recordVersion(record).time) <= this.#latest) return true;
    return holders >= this.#neededHolders;
  }
}
