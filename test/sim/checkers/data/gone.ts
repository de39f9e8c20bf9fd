/**
 * What has been let go of for good. Who reads such a key finds what is found of one that was never
 * written, and that is as good as the version itself: that it was over, and held by all owners, is
 * checked when they are told (`reaped.ts`).
 */
import { compareVersions, NO_VERSION, type Version } from '../../../../src/core/data/version.js';
import type { Operation } from '../../load/history.js';
import type { Tap } from '../../network/network.js';

export class Gone {
  /** By key. */
  readonly #newest = new Map<string, Version>();

  readonly sent: Tap = (_from, _to, message) => {
    if (message.type !== 'partition.reap') return;
    for (const { key, version } of message.entries) {
      const name = key.toString();
      const newest = this.#newest.get(name) ?? NO_VERSION;
      if (compareVersions(version, newest) > 0) this.#newest.set(name, version);
    }
  };

  /** Whether an operation that found nothing may have met what was left of a version. */
  explains({ key, version }: Pick<Operation, 'key' | 'version'>, before: Version): boolean {
    const newest = this.#newest.get(key);
    return version === undefined && newest !== undefined && compareVersions(newest, before) >= 0;
  }
}
