/**
 * What has been let go of for good. Who reads such a key finds what is found of one that was never
 * written, and that is as good as the version itself: that it was over, and held by all owners, is
 * checked wherever it goes (`reaped.ts`).
 */
import { compareVersions, type Version } from '../../../../src/core/data/version.js';
import { nameOf } from '../../disk/disk.js';
import type { Operation } from '../../load/history.js';
import type { Scene } from '../checker.js';

/** Whether an operation that found nothing may have met what was left of a version. */
export function isGone(
  { cluster }: Pick<Scene, 'cluster'>,
  { key, version }: Pick<Operation, 'key' | 'version'>,
  before: Version,
): boolean {
  if (version !== undefined) return false;
  const name = nameOf(Buffer.from(key));
  return cluster.machines.some(({ disk }) => {
    const gone = disk.gone.get(name);
    return gone !== undefined && compareVersions(gone, before) >= 0;
  });
}
