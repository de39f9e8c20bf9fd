/** Compares what two owners hold of one stretch of a partition. */
import { compareVersions, type Version } from '../data/version.js';

export interface KeyVersion {
  readonly key: Uint8Array;
  readonly version: Version;
}

/**
 * Indexes into `theirs` of the entries that are newer there than in `ours`, or missing in `ours`.
 * Both lists are in byte order of their keys, so one walk along both is enough.
 */
export function newerEntries(ours: readonly KeyVersion[], theirs: readonly KeyVersion[]): number[] {
  const newer: number[] = [];
  let at = 0;
  for (const [index, entry] of theirs.entries()) {
    while (at < ours.length && Buffer.compare(ours[at]!.key, entry.key) < 0) at++;
    const own = ours[at];
    const held = own && Buffer.compare(own.key, entry.key) === 0 ? own.version : undefined;
    if (!held || compareVersions(entry.version, held) > 0) newer.push(index);
  }
  return newer;
}
