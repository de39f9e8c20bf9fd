/**
 * A connection between two processes: two ends, and between them two sockets of two directions
 * each. The dialler's end stands first; the other one when the dialler's last word of the handshake
 * is there.
 */
import type { NodeId } from '../../../src/core/data/version.js';
import type { Message } from '../../../src/core/wire/messages.js';
import type { PeerInfo } from '../../../src/ports.js';
import { bytesOf, Channel, messagesIn, type Parcel, type Receiver } from './channel.js';
import type { Loss } from './message-observer.js';
import type { Host, Listener, Network } from './network.js';

/** Whom a connection joins, and who hears of it. */
export interface Endpoint extends Listener {
  readonly host: Host;
  readonly self: PeerInfo;
  /** Empty: in no cluster yet. */
  readonly clusterId: string;
  /** A socket that the peer dialled stands here; false if it is not wanted. */
  accept(end: End): boolean;
  ended(end: End, reason: string): void;
  received(from: NodeId, message: Message, waitedMs: number): void;
}

export class Connection {
  readonly ours: End;
  readonly theirs: End;
  /** The second socket stands a little later than the first. */
  hasBulk = false;

  constructor(network: Network, dialler: Endpoint, listener: Endpoint) {
    this.ours = new End(this, network, dialler, listener, true);
    this.theirs = new End(this, network, listener, dialler, false);
    this.ours.join(this.theirs);
    this.theirs.join(this.ours);
  }
}

/** Larger messages take the bulk socket whatever they are. */
const BULK_BYTES = 64 << 10;
const BULK = /^partition\.(listed|fetched)$/;
const GOSSIP = /^(swim\.|ring\.(decided|fetch)$)/;
const REPAIR = /^partition\./;

export class End implements Receiver {
  readonly transport: Endpoint;
  readonly peer: PeerInfo;
  readonly isDialler: boolean;
  readonly #connection: Connection;
  readonly #network: Network;
  #state: 'new' | 'open' | 'closed' = 'new';
  #silentChecks = 0;
  other!: End;
  #control!: Channel;
  #bulk!: Channel;

  constructor(
    connection: Connection,
    network: Network,
    transport: Endpoint,
    peer: Endpoint,
    isDialler: boolean,
  ) {
    this.#connection = connection;
    this.#network = network;
    this.transport = transport;
    this.peer = peer.self;
    this.isDialler = isDialler;
  }

  join(other: End): void {
    this.other = other;
    this.#control = new Channel(this.#network, this, other);
    this.#bulk = new Channel(this.#network, this, other);
  }

  get host(): Host {
    return this.transport.host;
  }

  get id(): NodeId {
    return this.transport.self.id;
  }

  get queuedBytes(): number {
    return this.#control.queuedBytes + this.#bulk.queuedBytes;
  }

  open(): void {
    this.#state = 'open';
  }

  sendOpening(): void {
    this.#control.send({ kind: 'opening' });
  }

  /** False if too much waits already: gossip goes first, then repair, then requests. */
  send(message: Message): boolean {
    const { type } = message;
    const { maxQueuedBytes } = this.#network.options;
    const isGossip = GOSSIP.test(type);
    const queued = isGossip ? this.#control.queuedBytes : this.queuedBytes;
    const limit = maxQueuedBytes / (isGossip ? 64 : REPAIR.test(type) ? 2 : 1);
    if (queued > 0 && queued + sizeOf(message) > limit) {
      const { observer } = this.#network;
      const id = observer?.sent(this.id, this.peer.id, type, bytesOf(message)) ?? 0;
      observer?.lost(id, this.peer.id, 'too much waits to be sent');
      return false;
    }
    const isBulk = BULK.test(type) || sizeOf(message) > BULK_BYTES;
    (isBulk && this.#connection.hasBulk ? this.#bulk : this.#control).write(message);
    this.#network.queuedBytesMost = Math.max(this.#network.queuedBytesMost, this.queuedBytes);
    return true;
  }

  /** Closed by this side; the other learns of it behind what was sent before. */
  close(reason: string): void {
    if (this.#state === 'closed') return;
    this.#end();
    this.#control.send({ kind: 'closing', reason });
    this.transport.ended(this, reason);
  }

  /** Never came to stand here. */
  refuse(): false {
    this.#end();
    this.#control.send({ kind: 'closing', reason: 'refused' });
    return false;
  }

  /** The connection breaks under this end: what was on its way is gone. */
  lose(): void {
    if (this.#state !== 'open') return;
    this.#control.truncate();
    this.#bulk.truncate();
    this.transport.process.deliver(() => {
      if (this.#state !== 'open') return;
      this.#state = 'closed';
      this.transport.ended(this, 'the connection was reset');
    });
  }

  /** The process died. Its system says so to the other side if it still has power. */
  die(powered: boolean): void {
    this.#state = 'closed';
    this.#control.truncate();
    this.#bulk.truncate();
    if (powered) this.#control.send({ kind: 'closing', reason: 'the connection was reset' });
  }

  /** How many checks in a row nothing could have been heard. A stopped process answers nothing. */
  countSilence(): number {
    const { other } = this;
    const hears =
      other.#state !== 'closed' &&
      other.transport.process.isRunning &&
      !this.#network.isBlocked(this.host, other.host) &&
      !this.#network.isBlocked(other.host, this.host);
    this.#silentChecks = hears ? 0 : this.#silentChecks + 1;
    return this.#silentChecks;
  }

  take(parcel: Parcel, taken: () => void): void {
    const { process } = this.transport;
    if (!process.isAlive) {
      taken();
      this.#lose(parcel, 'nobody runs there');
      if (this.host.powered && parcel.kind === 'frame') this.#reset();
      return;
    }
    const { scheduler, random } = this.#network;
    const arrivedAt = scheduler.now;
    const handle = () => {
      taken();
      const heldMs = scheduler.now - arrivedAt;
      // What the system still held during a pause has not waited, as far as one can tell.
      this.#handle(parcel, heldMs > 0 && random.chance(0.5) ? heldMs : 0);
    };
    process.deliver(handle, () => this.#lose(parcel, 'the process ended before it took it'));
  }

  #handle(parcel: Parcel, waitedMs: number): void {
    switch (parcel.kind) {
      case 'opening':
        if (this.#state !== 'new') return;
        this.#connection.hasBulk = this.transport.accept(this);
        return;
      case 'closing':
        if (this.#state === 'closed') return;
        this.#end();
        this.transport.ended(this, parcel.reason);
        return;
      case 'frame':
        this.#open(parcel, waitedMs);
    }
  }

  #open(frame: Parcel & { kind: 'frame' }, waitedMs: number): void {
    if (this.#state === 'closed') {
      this.#lose(frame, 'the connection is gone');
      return this.#reset();
    }
    let index = 0;
    for (const message of messagesIn(frame.bytes)) {
      // A message may end the connection it came by.
      if (this.#state !== 'open') return this.#lose(frame, 'the connection is gone', index);
      const id = frame.ids[index++];
      if (id !== undefined) this.#network.observer?.arrived(id, this.id);
      this.transport.received(this.peer.id, message, waitedMs);
    }
  }

  /** What is in it from this message on. */
  #lose(parcel: Parcel, reason: Loss, from = 0): void {
    if (parcel.kind !== 'frame') return;
    for (const id of parcel.ids.slice(from)) this.#network.observer?.lost(id, this.id, reason);
  }

  #end(): void {
    this.#control.flush();
    this.#bulk.flush();
    this.#state = 'closed';
  }

  /** Something came in on a connection that is gone here. */
  #reset(): void {
    this.#network.counts.resets++;
    this.#control.send({ kind: 'closing', reason: 'the connection was reset' });
  }
}

/** Of what may be large in a message. */
function sizeOf(message: Message): number {
  switch (message.type) {
    case 'replica.write':
      return message.record.length;
    case 'replica.found':
      return message.record?.length ?? 0;
    case 'ring.accept':
    case 'ring.decided':
      return message.ring.length;
    case 'partition.listed':
      return message.entries.length * 64;
    case 'partition.fetched':
      return message.records.reduce((sum, record) => sum + record.length, 0);
    default:
      return 0;
  }
}
