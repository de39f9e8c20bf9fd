/**
 * A connection between two processes: two ends, and between them two sockets of two directions
 * each. The dialler's end stands first; the other one when the dialler's last word of the handshake
 * is there.
 */
import { recordVersion } from '../../../src/core/data/record.js';
import { isBallot, type NodeId } from '../../../src/core/data/version.js';
import type { Message } from '../../../src/core/wire/messages.js';
import { classify, queueLimits } from '../../../src/core/wire/traffic.js';
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

  /** False if too much waits already: by the classes and limits of `src/peers/session.ts`. */
  send(message: Message): boolean {
    const { options, counts, observer } = this.#network;
    const { channel, priority, bytes } = classify(message);
    const queued = priority === 'gossip' ? this.#control.queuedBytes : this.queuedBytes;
    if (queued > 0 && queued + bytes > queueLimits(options.maxQueuedBytes)[priority]) {
      const id = observer?.sent(this.id, this.peer.id, message.type, bytesOf(message)) ?? 0;
      observer?.lost(id, this.peer.id, 'too much waits to be sent');
      counts[`${priority}Shed`]++;
      return false;
    }
    const isBulk = channel === 'bulk' && this.#connection.hasBulk;
    if (isBulk && message.type === 'replica.write') counts.bulkWrites++;
    (isBulk ? this.#bulk : this.#control).write(message);
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
    const { counts, observer } = this.#network;
    let index = 0;
    for (const message of messagesIn(frame.bytes)) {
      // A message may end the connection it came by.
      if (this.#state !== 'open') return this.#lose(frame, 'the connection is gone', index);
      const id = frame.ids[index++];
      if (frame.isCopy && isOnce(message)) continue;
      if (frame.isCopy && message.type === 'replica.prepare') counts.doubledPrepares++;
      if (id !== undefined) observer?.arrived(id, this.id);
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

/**
 * What a round stores comes at most once, as every `Transport` promises: that an owner refused it
 * then means that it does not have it (`actors/coordinator/caspaxos/operation.ts`). A second copy
 * could be refused where the first was stored and written over. Nothing else relies on that: the
 * rest of a round, and plain writes, are doubled as anything is.
 */
function isOnce(message: Message): boolean {
  return message.type === 'replica.write' && isBallot(recordVersion(message.record));
}
