/**
 * Connections with peers: tells the parts of a node who is there and who is gone, and hands each
 * message to whoever it is for. A peer that comes up is asked for its ring; besides, some peer is
 * asked now and then, should the notice of a new ring have been lost.
 */
import type { NodeId } from '../core/data/version.js';
import type { Message } from '../core/wire/messages.js';
import type { FactBus } from '../events/fact-bus.js';
import type {
  AddressClaim,
  Clock,
  DialFailure,
  PeerInfo,
  Random,
  Transport,
  TransportEvents,
} from '../ports.js';
import { every } from './base/timers.js';
import type { Serve } from './dispatch.js';
import type { MembershipHost } from './membership/host.js';
import type { CurrentRing } from './ring/current-ring.js';
import type { Joining } from './ring/joining.js';
import type { Objections } from './ring/objections.js';
import type { Calls } from './rpc/calls.js';
import { Replies } from './rpc/replies.js';

/** How often a random peer is asked for a newer ring. */
const RING_FETCH_MS = 5000;

interface LinksParts {
  readonly facts: FactBus;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly calls: Calls;
  readonly membership: MembershipHost;
  readonly rings: CurrentRing;
  readonly joining: Joining;
  readonly objections: Objections;
  readonly serve: Serve;
}

export class Links implements TransportEvents {
  readonly #parts: LinksParts;
  readonly #replies: Replies;
  /** `host:port` of those that are up. */
  readonly #addresses = new Map<NodeId, string>();
  #newestEpoch = 0;

  constructor(parts: LinksParts) {
    this.#parts = parts;
    this.#replies = new Replies(parts.transport);
  }

  /** From now on peers are dialled, and served. */
  start(): void {
    this.#parts.transport.start(this);
  }

  /** Now and then, until what this returns is called. */
  askForRings(): () => void {
    return every(this.#parts.clock, RING_FETCH_MS, () => this.#fetchRing());
  }

  up(peer: PeerInfo): void {
    const { facts, membership, rings, joining } = this.#parts;
    const { id, address, programVersion = '', epoch = 0 } = peer;
    this.#newestEpoch = Math.max(this.#newestEpoch, epoch);
    this.#replies.peerUp(peer);
    this.#addresses.set(id, address);
    facts.tell({ type: 'peer.up', id, address, programVersion });
    membership.peerUp(peer);
    if (rings.current) rings.fetchFrom(id);
    joining.connected(id, address);
  }

  down(id: NodeId, reason: string): void {
    const { facts, calls, membership, joining } = this.#parts;
    this.#addresses.delete(id);
    joining.disconnected(id);
    facts.tell({ type: 'peer.down', id, reason });
    calls.peerDown(id);
    membership.peerDown(id);
  }

  failed(failure: DialFailure): void {
    const { joining, objections } = this.#parts;
    joining.failed(failure.address, failure.reason);
    objections.failed(failure);
  }

  claimed(claim: AddressClaim): void {
    this.#parts.objections.claimed(claim);
  }

  /** Of the rings that peers had when they came. */
  get newestEpoch(): number {
    return this.#newestEpoch;
  }

  /** `host:port` of every peer that is up. */
  get peers(): ReadonlyMap<NodeId, string> {
    return this.#addresses;
  }

  message(from: NodeId, message: Message, waitedMs: number): void {
    this.#parts.serve(from, message, this.#replies.to(from), waitedMs);
  }

  /** Says goodbye to all, and closes the connections. */
  async close(reason: 'restarting' | 'leaving'): Promise<void> {
    const { transport } = this.#parts;
    for (const peer of transport.connected()) {
      transport.send(peer, { type: 'goodbye', reason, level: 0 });
    }
    await transport.close();
  }

  #fetchRing(): void {
    const { transport, random, rings } = this.#parts;
    const peers = transport.connected();
    const peer = peers[Math.floor(random.float() * peers.length)];
    if (peer !== undefined && rings.current) rings.fetchFrom(peer);
  }
}
