/**
 * Whether every acknowledged write is in a backup that lacks some nodes.
 *
 * A write at level `quorum` or above was stored by W of the N owners of its key. Of N − W + 1 of
 * them one at least has it; of fewer it may be that none has.
 */
import { neededOf } from '../../core/ring/quorum.js';
import type { RingAnswer } from '../client/answers.js';

type Owned = Pick<RingAnswer, 'owners' | 'writeQuorum'>;

/** Partitions of which too few owners are among `nodes`. */
export function uncovered({ owners, writeQuorum }: Owned, nodes: ReadonlySet<string>): number {
  return owners.filter((ids) => {
    const needed = ids.length - neededOf(ids.length, writeQuorum) + 1;
    return ids.filter((id) => nodes.has(id)).length < needed;
  }).length;
}
