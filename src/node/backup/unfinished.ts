/**
 * Whether a restore has begun and not come to its end. Then the cluster holds a part of a backup,
 * and must not look whole to whoever finds it so, also after a restart. Each member remembers it.
 */
import type { Clock, Store } from '../../ports.js';
import { parseObject, readMeta } from '../base/meta.js';

const META = 'restore';

interface Parts {
  readonly store: Pick<Store, 'meta' | 'setMeta'>;
  readonly clock: Pick<Clock, 'now'>;
}

export class UnfinishedRestore {
  readonly #store: Parts['store'];
  readonly #clock: Parts['clock'];
  #begunAt: number | undefined;

  /** Throws `DamagedMeta` if what the disk says of it makes no sense. */
  constructor({ store, clock }: Parts) {
    this.#store = store;
    this.#clock = clock;
    this.#begunAt = readMeta(store, META, parseBegunAt);
  }

  /** In ms since 1970. */
  get begunAt(): number | undefined {
    return this.#begunAt;
  }

  /** `done` when it is on the disk. Going on with one is no beginning. */
  mark(isUnfinished: boolean, done: () => void): void {
    this.#begunAt = isUnfinished ? (this.#begunAt ?? this.#clock.now()) : undefined;
    this.#store.setMeta(META, JSON.stringify({ begunAt: this.#begunAt ?? null }), done);
  }
}

function parseBegunAt(text: string): number | undefined {
  const { begunAt } = parseObject(text);
  if (begunAt === null) return undefined;
  if (!Number.isFinite(begunAt)) throw new Error('begunAt is not a time');
  return begunAt as number;
}
