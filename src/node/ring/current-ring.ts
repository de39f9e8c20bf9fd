/**
 * The ring in force at this node: kept on disk, and fetched from whoever has a newer one. What
 * waits for it is in `waiters.ts`, and how the next one comes about in `wishes.ts` and
 * `proposer.ts`.
 */
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import type { Origin, RingEvent, ringMachine } from '../../../actors/ring/machine.js';
import { assert, present } from '../../core/assert.js';
import type { NodeId } from '../../core/data/version.js';
import { computeLayout } from '../../core/ring/layout.js';
import { type Asked, foundingReplication, type Replication } from '../../core/ring/replication.js';
import { allMembers, type Member, namesMember, type Ring } from '../../core/ring/ring.js';
import { formatRing, InvalidRing, parseRing } from '../../core/ring/ring-json.js';
import type { Message, MessageOf } from '../../core/wire/messages.js';
import type { Clock, Log, Random, Store, Transport } from '../../ports.js';
import { ActorHost } from '../actor-host.js';
import { readMeta } from '../base/meta.js';
import { RingWaiters, type Wait } from './waiters.js';

const META_RING = 'ring';
/** Who hands a ring over asks again when this has passed. */
const HAND_LIMIT_MS = 2000;

/** What it says of replication holds for the first ring of a new cluster. */
export interface RingSettings extends Asked<Replication> {
  readonly self: Member;
  /** `host:port` of nodes to join by. */
  readonly introducers: readonly string[];
  /** So many nodes found the cluster together; 0: whoever has nobody to join founds it alone. */
  readonly expect: number;
  /** So long it tries to join before it gives up, ms; for ever if nothing is said. */
  readonly joinTimeoutMs?: number | undefined;
  /** The only cluster to join, if this disk has been in one. */
  readonly clusterId: string | undefined;
  readonly partitions: number;
}

/** The ring on disk. Throws `DamagedMeta`. */
export function storedRing(store: Pick<Store, 'meta'>): Ring | undefined {
  return readMeta(store, META_RING, parseRing);
}

export class CurrentRing {
  readonly #settings: RingSettings;
  readonly #store: Store;
  readonly #transport: Transport;
  readonly #random: Random;
  readonly #log: Log;
  readonly #actor = new ActorHost<ActorRefFrom<typeof ringMachine>>('ring');
  /** Of the newest ring that is on disk or on its way there. */
  #writtenEpoch = 0;
  #ring: Ring | undefined;
  readonly #waiters: RingWaiters;

  constructor(options: {
    settings: RingSettings;
    store: Store;
    transport: Transport;
    clock: Clock;
    random: Random;
    log: Log;
  }) {
    this.#settings = options.settings;
    this.#store = options.store;
    this.#transport = options.transport;
    this.#random = options.random;
    this.#log = options.log;
    this.#waiters = new RingWaiters({
      clock: options.clock,
      fetchFrom: (source) => this.fetchFrom(source),
    });
  }

  get current(): Ring | undefined {
    return this.#ring;
  }

  /** `current`, where there has to be one. */
  get inForce(): Ring {
    return present(this.#ring, 'a ring in force, which was on disk or has been agreed on');
  }

  get epoch(): number {
    return this.#ring?.epoch ?? 0;
  }

  /** Of the chart. */
  get state(): string {
    return this.#actor.state;
  }

  attach(actor: ActorRefFrom<typeof ringMachine>): void {
    this.#actor.attach(actor);
  }

  /** What the ring's actor waits for. Throws before it is attached. */
  get chart(): SnapshotFrom<typeof ringMachine> {
    return this.#actor.snapshot;
  }

  /** Starts with what the disk holds: a ring, or none, which means to found, to join or to meet. */
  start(): void {
    const { self, clusterId, introducers } = this.#settings;
    if (clusterId !== undefined) this.#transport.setCluster(clusterId);
    const ring = storedRing(this.#store);
    // A ring without us is of a former identity, if this disk has given one up. Else it was decided
    // that we go, and nobody may know that but us: see `ring-announcement.ts`.
    if (ring && (namesMember(ring, self.id) || clusterId === undefined)) {
      this.#writtenEpoch = ring.epoch;
      this.#putInForce(ring);
      // All members may have moved; and who is to join another cluster has to hear why not.
      for (const address of introducers) this.#transport.introduce(address);
      return;
    }
    // Who lags behind may still name us in one that is over.
    if (ring && ring.clusterId === clusterId) this.#writtenEpoch = ring.epoch;
    this.send({ type: 'ring.missing', origin: this.#origin });
  }

  get #origin(): Origin {
    const { introducers, expect } = this.#settings;
    if (expect > 0) return 'meet';
    return introducers.length > 0 ? 'join' : 'found';
  }

  /**
   * Fetches the ring from `source` and runs when it is at least `epoch`, or could not be had in
   * time. False, and nothing is run, if too many wait already.
   */
  whenAtLeast(wanted: Wait, run: (isThere: boolean) => void): boolean {
    if (this.epoch < wanted.epoch) return this.#waiters.add(wanted, run);
    run(true);
    return true;
  }

  fetchFrom(peer: NodeId): void {
    this.#transport.send(peer, { type: 'ring.fetch', epoch: this.epoch });
  }

  /** Sends our ring to a peer whose ring is older. */
  answerFetch(to: NodeId, epoch: number): void {
    if (!this.#ring || this.epoch <= epoch) return;
    this.#transport.send(to, { type: 'ring.decided', ring: formatRing(this.#ring) });
  }

  /** Takes a ring from somebody who leaves, and says so when it is on disk. */
  take({ call, ring }: MessageOf<'ring.hand'>, from: NodeId, reply: (m: Message) => void): void {
    const epoch = this.learn(ring, from);
    if (epoch === undefined) return;
    this.whenAtLeast({ epoch, source: from, withinMs: HAND_LIMIT_MS }, (isThere) => {
      if (isThere) reply({ type: 'ring.handed', call, epoch: this.epoch });
    });
  }

  /** Takes a ring that was decided, if it is newer and ours; returns its epoch if it is a ring. */
  learn(json: string, from: NodeId): number | undefined {
    try {
      const ring = parseRing(json);
      const isOurs = this.#ring
        ? this.#ring.clusterId === ring.clusterId
        : namesMember(ring, this.#settings.self.id) && this.#isExpected(ring);
      if (isOurs) this.adopt(ring, json);
      return isOurs ? ring.epoch : undefined;
    } catch (error) {
      if (!(error instanceof InvalidRing)) throw error;
      this.#log('warn', 'ring.invalid', { from, reason: error.message });
      return undefined;
    }
  }

  #isExpected({ clusterId }: Ring): boolean {
    return (this.#settings.clusterId ?? clusterId) === clusterId;
  }

  /** An older ring that comes while a newer one is being written must not replace it on disk. */
  adopt(ring: Ring, json = formatRing(ring)): void {
    if (ring.epoch <= this.#writtenEpoch) return;
    this.#writtenEpoch = ring.epoch;
    this.#store.setMeta(META_RING, json, () => {
      if (ring.epoch > this.epoch) this.#putInForce(ring);
    });
  }

  #putInForce(ring: Ring): void {
    assert(ring.epoch > this.epoch, 'the epoch only grows');
    assert(ring.epoch <= this.#writtenEpoch, 'what is in force is on disk');
    this.#ring = ring;
    const { self } = this.#settings;
    this.#transport.setCluster(ring.clusterId);
    // Whose place we take has our address, and is not to be dialled there.
    const others = allMembers(ring).filter(
      ({ id, address }) => id !== self.id && address !== self.address,
    );
    this.#transport.setPeers(others.map(({ id, address }) => ({ id, address })));
    this.send({ type: 'ring.adopted', ring, isMember: namesMember(ring, self.id) });
    this.#waiters.release(ring.epoch);
  }

  /** The first ring of a new cluster. */
  found(members: readonly Member[]): void {
    const { partitions } = this.#settings;
    const replication = foundingReplication(this.#settings);
    const layout = computeLayout({ members, partitions, replicas: replication.replicas });
    this.adopt({ clusterId: this.#random.hex(32), epoch: 1, ...replication, members, layout });
  }

  /** Decided: tells everyone concerned. Who misses it learns it from the next request or hello. */
  spread(json: string): void {
    const ring = parseRing(json);
    const concerned = [...(this.#ring ? allMembers(this.#ring) : []), ...allMembers(ring)];
    for (const id of new Set(concerned.map((member) => member.id))) {
      if (id !== this.#settings.self.id) {
        this.#transport.send(id, { type: 'ring.decided', ring: json });
      }
    }
    this.learn(json, this.#settings.self.id);
  }

  /** To the ring's actor. */
  send(event: RingEvent): void {
    this.#actor.send(event);
  }
}
