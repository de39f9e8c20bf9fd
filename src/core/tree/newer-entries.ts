/** Compares what two owners hold of one stretch of a partition. */
import { compareVersions, type Version } from '../data/version.js';

export interface KeyVersion {
  readonly key: Uint8Array;
  readonly version: Version;
}

/**
 * The entries of `theirs` that are newer there than in `ours`, or missing in `ours`. Both lists are
 * in byte order of their keys, so one walk along both is enough.
 */
export function newerEntries<E extends KeyVersion>(
  ours: readonly KeyVersion[],
  theirs: readonly E[],
): E[] {
  let at = 0;
  return theirs.filter(({ key, version }) => {
    while (at < ours.length && Buffer.compare(ours[at]!.key, key) < 0) at++;
    const own = ours[at];
    const held = own && Buffer.compare(own.key, key) === 0 ? own.version : undefined;
    return !held || compareVersions(version, held) > 0;
  });
}
