/** A coming owner: fetches what so many of the present owners hold that no quorum is left. */

import { foundingReplication } from '../../../../../src/core/ring/replication.js';
import { pullsNeeded } from '../../../../../src/core/ring/transfer-quorum.js';
import type { Acceptor } from './acceptor.js';
import type { Host, World } from './host.js';
import { pullersOf } from './rings.js';

const RETRY = 5;

export class Puller {
  readonly #world: World;
  readonly #self: Acceptor;
  readonly #host: Host;
  #doneEpoch = 0;

  constructor(world: World, self: Acceptor, host: Host) {
    this.#world = world;
    this.#self = self;
    this.#host = host;
  }

  isDone(epoch: number): boolean {
    return this.#doneEpoch === epoch;
  }

  begin(epoch: number): void {
    const ring = this.#world.rings.at(epoch);
    if (!pullersOf(ring).includes(this.#self.id)) return;
    const { present } = ring;
    const quorums = foundingReplication({ replicas: present.length });
    const needed = pullsNeeded(present.length, quorums);
    const isPresent = present.includes(this.#self.id);
    const others = present.filter((owner) => owner !== this.#self.id);
    this.#pullFrom(epoch, this.#world.random.sample(others), isPresent ? needed - 1 : needed);
  }

  /** One after the other, until enough of them are done. */
  #pullFrom(epoch: number, owners: readonly string[], needed: number): void {
    const [owner, ...others] = owners;
    if (needed === 0) this.#doneEpoch = epoch;
    else if (owner) this.#pull(epoch, owner, () => this.#pullFrom(epoch, others, needed - 1));
  }

  #pull(epoch: number, owner: string, done: () => void): void {
    const { network, acceptors, random, options, counts } = this.#world;
    if (this.#self.epoch !== epoch) return;
    const again = () => network.after(RETRY * random.float(), () => this.#pull(epoch, owner, done));
    const from = acceptors.get(owner)!;
    const serve = () =>
      from.serve(epoch, () => ({
        kind: 'held' as const,
        record: from.record,
        byRound: from.byRound,
      }));
    network.call(
      serve,
      (reply) => {
        if (this.#self.epoch !== epoch) return;
        if (reply === 'lost') return again();
        if (reply.kind === 'fenced') return this.#self.adopt(reply.epoch);
        if (!reply.record) return done();
        const outcome = this.#self.write(reply.record, reply.byRound);
        const isBlocked = outcome.kind === 'superseded' && outcome.by === 'promise';
        if (!isBlocked || options.planted === 'pullBelowPromise') return done();
        // Whoever promised may be gone: a read settles the key on a majority of the coming owners.
        counts.set('pull below a promise', (counts.get('pull below a promise') ?? 0) + 1);
        this.#host.conditional(undefined, (ended) => {
          if (ended.next === 'found') done();
          else again();
        });
      },
      true,
    );
  }
}
