/**
 * Whether enough owners hold a write when it is acknowledged: a write quorum of each set of owners
 * of the epoch in which it was made, or as many more as the client has asked for.
 *
 * The acknowledgement may come when the ring has gone on, and former owners have dropped what they
 * held: they do so when all present owners hold it, and then that is as good.
 */
import { compareVersions, type Version } from '../../../../src/core/data/version.js';
import type { Level } from '../../../../src/core/requests.js';
import { heldVersion } from '../../faults/rot.js';
import type { Scene } from '../checker.js';

export interface Acknowledged {
  readonly key: string;
  readonly version: Version;
  readonly epoch: number | undefined;
  readonly level?: Level;
}

/** What is wrong, if something is. */
export function lackOfHolders(
  { cluster, options }: Pick<Scene, 'cluster' | 'options'>,
  { key, version, epoch, level }: Acknowledged,
): string | undefined {
  const owners = cluster.ownersOf(key, epoch);
  if (!owners) return 'in an epoch that nobody knows';
  const has = (node: string) => compareVersions(heldVersion(cluster, node, key), version) >= 0;
  if (cluster.ownersOf(key)?.present.every(has)) return undefined;
  for (const group of owners.coming ? [owners.present, owners.coming] : [owners.present]) {
    const holders = group.filter(has).length;
    const asked = level === 'all' ? group.length : typeof level === 'number' ? level : 0;
    const needed = Math.min(Math.max(options.writeQuorum, asked), group.length);
    if (holders < needed) return `on ${holders} owners instead of ${needed}`;
  }
  return undefined;
}
