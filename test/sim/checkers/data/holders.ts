/**
 * Whether enough owners hold a write when it is acknowledged: a write quorum of each set of owners
 * of the epoch in which it was made, and of those who own the key by then, or as many more as the
 * client has asked for.
 *
 * The acknowledgement may come when the ring has gone on, and former owners have dropped what they
 * held: they do so when all present owners hold it, and then that is as good.
 */
import { compareVersions, type NodeId, type Version } from '../../../../src/core/data/version.js';
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
  scene: Pick<Scene, 'cluster' | 'options'>,
  { key, version, epoch, level }: Acknowledged,
): string | undefined {
  const { cluster } = scene;
  const owners = cluster.ownersOf(key, epoch);
  if (!owners) return 'in an epoch that nobody knows';
  const { present } = cluster.ownersOf(key)!;
  if (present.every((node) => holds(cluster, node, key, version))) return undefined;
  const groups = owners.coming ? [owners.present, owners.coming] : [owners.present];
  const asked = { key, version, ...(level !== undefined && { level }) };
  return lackOfQuorums(scene, asked, groups) ?? lackOfQuorums(scene, { key, version }, [present]);
}

/**
 * The same of a write for which fewer owners are enough: so many as it asked for hold it then, and
 * nobody promises more. Nothing is said of one that comes back when the ring has gone on: who has
 * become an owner may have it from others, who never held it.
 */
export function lackOfAsked(
  { cluster }: Pick<Scene, 'cluster'>,
  { key, version, epoch, level }: Acknowledged,
): string | undefined {
  const { ring } = cluster;
  if (!ring || epoch !== ring.epoch) return undefined;
  const { present, coming } = cluster.ownersOf(key)!;
  const needed = typeof level === 'number' ? level : 1;
  const groups = coming ? [present, coming] : [present];
  return lackIn(cluster, { key, version }, groups, () => needed);
}

/** The same later on, when the ring has gone on: enough of its owners hold it, whoever they are. */
export function lackOfOwners(
  scene: Pick<Scene, 'cluster' | 'options'>,
  held: Pick<Acknowledged, 'key' | 'version'>,
): string | undefined {
  return lackOfQuorums(scene, held, [scene.cluster.ownersOf(held.key)!.present]);
}

function lackOfQuorums(
  { cluster, options }: Pick<Scene, 'cluster' | 'options'>,
  { key, version, level }: Omit<Acknowledged, 'epoch'>,
  groups: readonly (readonly NodeId[])[],
): string | undefined {
  return lackIn(cluster, { key, version }, groups, ({ length }) => {
    const asked = level === 'all' ? length : typeof level === 'number' ? level : 0;
    return Math.min(Math.max(options.writeQuorum, asked), length);
  });
}

function lackIn(
  cluster: Scene['cluster'],
  { key, version }: Pick<Acknowledged, 'key' | 'version'>,
  groups: readonly (readonly NodeId[])[],
  neededOf: (group: readonly NodeId[]) => number,
): string | undefined {
  for (const group of groups) {
    const holders = group.filter((node) => holds(cluster, node, key, version)).length;
    const needed = neededOf(group);
    if (holders < needed) return `on ${holders} owners instead of ${needed}`;
  }
  return undefined;
}

function holds(cluster: Scene['cluster'], node: NodeId, key: string, version: Version): boolean {
  return compareVersions(heldVersion(cluster, node, key), version) >= 0;
}
