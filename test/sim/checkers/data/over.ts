/**
 * Of which keys there may be nothing left at all: those whose newest version is over, a tombstone or
 * what has expired, may have been reaped. Who reads one finds what is found of a key that was never
 * written, and that is as good as the version itself.
 */
import { formatVersion, type Version } from '../../../../src/core/data/version.js';
import type { Operation } from '../../load/history.js';
import type { Scene } from '../checker.js';

export class Over {
  readonly #cluster: Scene['cluster'];
  /** By version, from when on it is over: simulated time, of the clock that is furthest ahead. */
  readonly #since = new Map<string, number>();

  constructor({ cluster }: Pick<Scene, 'cluster'>) {
    this.#cluster = cluster;
  }

  /** To be called with every operation that has ended. */
  note({ kind, outcome, version, found, ttlMs, invokedAt }: Operation): void {
    if (outcome !== 'ok' || !version) return;
    const name = formatVersion(version);
    const isOver = kind === 'delete' || (kind === 'read' && found === undefined);
    if (isOver) this.#since.set(name, 0);
    else if (ttlMs !== undefined) this.#since.set(name, invokedAt + ttlMs);
  }

  /** Whether an operation that found nothing may have met what was left of a version. */
  explains({ version, completedAt }: Operation, before: Version): boolean {
    const since = this.#since.get(formatVersion(before));
    if (version !== undefined || since === undefined) return false;
    const ahead = this.#cluster.machines.map(({ options }) => options.wall.mostAheadMs);
    return completedAt + Math.max(...ahead) >= since;
  }
}
