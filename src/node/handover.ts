/**
 * What a node does last that has lost its place in the ring: it makes sure that those who stay know
 * the ring without it.
 *
 * It may be the only one who knows that this ring was decided, and it was perhaps one of few who
 * voted for it. Were it to go, the others could not find out any more, and would wait for its vote
 * for ever. So it goes only when a majority of those who vote on the next ring have this one.
 */
import { majority } from '../core/quorum.js';
import { type Ring, votersOf } from '../core/ring.js';
import type { NodeId } from '../core/version.js';
import type { Clock, Transport } from '../ports.js';
import type { Calls } from './calls.js';

const CALL_TIMEOUT_MS = 2000;
const AGAIN_MS = 500;

export class Handover {
  readonly #calls: Pick<Calls, 'request'>;
  readonly #transport: Pick<Transport, 'isUp' | 'introduce'>;
  readonly #clock: Clock;

  constructor(options: {
    calls: Pick<Calls, 'request'>;
    transport: Pick<Transport, 'isUp' | 'introduce'>;
    clock: Clock;
  }) {
    this.#calls = options.calls;
    this.#transport = options.transport;
    this.#clock = options.clock;
  }

  /** Asks again and again, until enough of them have the ring. */
  run(ring: Ring, done: () => void): void {
    const text = JSON.stringify(ring);
    const voters = votersOf(ring);
    const needed = majority(voters.length);
    const have = new Set<NodeId>();
    let isOver = false;
    const ask = () => {
      if (isOver) return;
      // They do not dial us any more.
      for (const { id, address } of ring.members) {
        if (!this.#transport.isUp(id)) this.#transport.introduce(address);
      }
      for (const voter of voters) {
        if (have.has(voter)) continue;
        this.#calls.request(voter, 'ring.hand', { ring: text }, CALL_TIMEOUT_MS, (reply) => {
          if (isOver || typeof reply === 'string' || reply.epoch < ring.epoch) return;
          have.add(voter);
          if (have.size < needed) return;
          isOver = true;
          done();
        });
      }
      this.#clock.setTimeout(ask, AGAIN_MS);
    };
    ask();
  }
}
