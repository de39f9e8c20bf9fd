/**
 * What a node does last that has lost its place in the ring: it makes sure that those who stay know
 * the ring without it.
 *
 * It may be the only one who knows that this ring was decided, and it was perhaps one of few who
 * voted for it. Were it to go, the others could not find out any more, and would wait for its vote
 * for ever. So it goes only when a majority of those who vote on the next ring have this one.
 */

import type { NodeId } from '../../core/data/version.js';
import { votesAmong } from '../../core/ring/quorum.js';
import { namesMember, votersOf } from '../../core/ring/ring.js';
import { formatRing } from '../../core/ring/ring-json.js';
import type { Clock, Transport } from '../../ports.js';
import type { Calls } from '../rpc/calls.js';
import type { CurrentRing } from './current-ring.js';

const CALL_TIMEOUT_MS = 2000;
const AGAIN_MS = 500;

export class RingAnnouncement {
  readonly #rings: Pick<CurrentRing, 'inForce'>;
  readonly #calls: Pick<Calls, 'request'>;
  readonly #transport: Pick<Transport, 'isUp' | 'introduce'>;
  readonly #clock: Clock;
  #timer: unknown;
  #isStopped = false;

  constructor(options: {
    rings: Pick<CurrentRing, 'inForce'>;
    calls: Pick<Calls, 'request'>;
    transport: Pick<Transport, 'isUp' | 'introduce'>;
    clock: Clock;
  }) {
    this.#rings = options.rings;
    this.#calls = options.calls;
    this.#transport = options.transport;
    this.#clock = options.clock;
  }

  /**
   * Asks again and again, until enough of them have the newest ring that we know: those of an older
   * one may be there no more. A ring that still names `self` is an old one; the others know better.
   */
  run(self: NodeId, done: () => void): void {
    let ring = this.#rings.inForce;
    if (namesMember(ring, self)) return done();
    let have = new Set<NodeId>();
    let isOver = false;
    const ask = () => {
      if (isOver || this.#isStopped) return;
      if (this.#rings.inForce.epoch !== ring.epoch) have = new Set();
      ring = this.#rings.inForce;
      const text = formatRing(ring);
      const voters = votersOf(ring);
      // They do not dial us any more.
      for (const { id, address } of ring.members) {
        if (!this.#transport.isUp(id)) this.#transport.introduce(address);
      }
      for (const voter of voters) {
        if (have.has(voter)) continue;
        this.#calls.request(voter, 'ring.hand', { ring: text }, CALL_TIMEOUT_MS, (reply) => {
          if (isOver || this.#isStopped || typeof reply === 'string' || reply.epoch < ring.epoch)
            return;
          have.add(voter);
          const { alive: informed, needed } = votesAmong(voters, (id) => have.has(id));
          if (informed < needed) return;
          isOver = true;
          done();
        });
      }
      this.#timer = this.#clock.setTimeout(ask, AGAIN_MS);
    };
    ask();
  }

  /** Whoever is stopped goes on with it when it is started again. */
  stop(): void {
    this.#isStopped = true;
    this.#clock.clearTimeout(this.#timer);
  }
}
