/**
 * Follows what happens at the other members, while somebody wants to see all of them through this
 * node: one question under way to each, whose answer feeds a log (`src/events/mirror.ts`) from
 * which any number of subscribers are served.
 */
import type { NodeId } from '../../core/data/version.js';
import { allMembers } from '../../core/ring/ring.js';
import { MirroredLog } from '../../events/mirror.js';
import type { Clock } from '../../ports.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';

/** An answer waits so long for something to happen. */
const WAIT_MS = 5000;
/** On top of that, for the way there and back. */
const SLACK_MS = 2000;
const RETRY_MS = 1000;

interface Followed {
  readonly log: MirroredLog;
  readonly stop: () => void;
}

export class Followers {
  readonly #self: NodeId;
  readonly #rings: Pick<CurrentRing, 'current'>;
  readonly #calls: Pick<Calls, 'request'>;
  readonly #clock: Clock;
  readonly #followed = new Map<NodeId, Followed>();
  readonly #watchers = new Set<() => void>();

  constructor(options: {
    self: NodeId;
    rings: Pick<CurrentRing, 'current'>;
    calls: Pick<Calls, 'request'>;
    clock: Clock;
  }) {
    this.#self = options.self;
    this.#rings = options.rings;
    this.#calls = options.calls;
    this.#clock = options.clock;
  }

  /** The other members' logs, while somebody watches. */
  get logs(): readonly MirroredLog[] {
    return [...this.#followed.values()].map(({ log }) => log);
  }

  /** All members but this one. */
  get others(): readonly NodeId[] {
    const ring = this.#rings.current;
    const members = ring ? allMembers(ring) : [];
    return members.map(({ id }) => id).filter((id) => id !== this.#self);
  }

  /** `changed` is called now, and whenever `logs` has others; returns how to stop. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    this.ringChanged();
    // Others may have been followed already, for somebody else.
    changed();
    return () => {
      if (!this.#watchers.delete(changed)) return;
      this.ringChanged();
    };
  }

  /** To be called when another ring is in force. */
  ringChanged(): void {
    const others = this.#watchers.size > 0 ? this.others : [];
    let isChanged = false;
    for (const [id, { stop }] of this.#followed) {
      if (others.includes(id)) continue;
      stop();
      this.#followed.delete(id);
      isChanged = true;
    }
    for (const id of others) {
      if (this.#followed.has(id)) continue;
      this.#followed.set(id, this.#follow(id));
      isChanged = true;
    }
    if (isChanged) for (const changed of [...this.#watchers]) changed();
  }

  #follow(id: NodeId): Followed {
    const log = new MirroredLog(id, () => this.#clock.now());
    let isOver = false;
    let timer: unknown;
    const retry = (reason: string) => {
      log.lost(reason);
      timer = this.#clock.setTimeout(ask, RETRY_MS);
    };
    const ask = () => {
      const body = { since: log.since, waitMs: WAIT_MS };
      this.#calls.request(id, 'events.fetch', body, WAIT_MS + SLACK_MS, (reply) => {
        if (isOver) return;
        if (typeof reply === 'string') return retry(reply);
        try {
          log.take(reply.frames);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          return retry(`it sent ${error.message}`);
        }
        ask();
      });
    };
    // Not within the call of whoever began to watch.
    timer = this.#clock.setTimeout(ask, 0);
    const stop = () => {
      isOver = true;
      this.#clock.clearTimeout(timer);
    };
    return { log, stop };
  }
}
