/**
 * Whether a row can be believed whose version lies further ahead than clocks may differ.
 *
 * Intuition: a wrong clock has stamped it, and who else took it? If most owners hold it, all clocks
 * were where it is, and were set back since: it is a row like any other. If so many lack it that no
 * majority is left, it was never acknowledged, and is spread no further: else it could win over
 * what was acknowledged after it. If too few answer, nobody can tell.
 *
 * Rejected alternative: to wait until time has caught up. That may be a day, or never.
 */
import { compareVersions, NO_VERSION, type NodeId, type Version } from '../../core/data/version.js';
import { ownersOfKey } from '../../core/ring/key-owners.js';
import { blockingOf, majorityOf } from '../../core/ring/quorum.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';
import type { VersionClock } from './version-clock.js';

const ASK_MS = 2000;

export type Credit = 'believed' | 'alone' | 'unclear';

/** What to make of a row that another owner shows. */
export type CreditOf = (key: Buffer, version: Version) => Credit | Promise<Credit>;

export class Credibility {
  readonly #rings: Pick<CurrentRing, 'inForce'>;
  readonly #calls: Pick<Calls, 'request'>;
  readonly #versionClock: Pick<VersionClock, 'isImplausible' | 'believe'>;

  constructor(options: {
    rings: Pick<CurrentRing, 'inForce'>;
    calls: Pick<Calls, 'request'>;
    versionClock: Pick<VersionClock, 'isImplausible' | 'believe'>;
  }) {
    this.#rings = options.rings;
    this.#calls = options.calls;
    this.#versionClock = options.versionClock;
  }

  /** Asks nobody if the time of the version is nothing special, as nearly always. */
  readonly creditOf: CreditOf = (key, version) =>
    this.#versionClock.isImplausible(version) ? this.#ask(key, version) : 'believed';

  async #ask(key: Buffer, version: Version): Promise<Credit> {
    const ring = this.#rings.inForce;
    const { present } = ownersOfKey(ring, key);
    let holding = 0;
    let lacking = 0;
    const answers = present.map(async (owner) => {
      const held = await this.#heldBy(owner, key, ring.epoch);
      if (held === undefined) return;
      if (compareVersions(held, version) >= 0) holding++;
      else lacking++;
    });
    await Promise.all(answers);
    if (lacking >= blockingOf(present).needed) return 'alone';
    if (holding < majorityOf(present).needed) return 'unclear';
    this.#versionClock.believe(version);
    return 'believed';
  }

  /** Undefined if it does not say. */
  #heldBy(owner: NodeId, key: Buffer, epoch: number): Promise<Version | undefined> {
    const body = { epoch, timeoutMs: ASK_MS, withValue: false, key };
    return new Promise((resolve) => {
      this.#calls.request(owner, 'replica.read', body, ASK_MS, (reply) => {
        const isKnown = typeof reply !== 'string' && reply.outcome === 'ok';
        resolve(isKnown ? (reply.version ?? NO_VERSION) : undefined);
      });
    });
  }
}
