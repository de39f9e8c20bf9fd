/**
 * One direction of one socket: what is written, what is on its way, what arrives.
 *
 * Messages are encoded as they are written and decoded where they arrive, with the production
 * codec: two nodes never share an object. Besides frames a channel carries the beginning and the
 * end of its connection, which keep their place in the order.
 */
import { Reader, Writer } from '../../../src/core/codec.js';
import type { NodeId } from '../../../src/core/data/version.js';
import { checksum } from '../../../src/core/hash.js';
import { type Message, readMessage, writeMessage } from '../../../src/core/wire/messages.js';
import type { Loss } from './message-observer.js';
import type { Host, Network } from './network.js';

export type Parcel =
  | { readonly kind: 'opening' }
  | { readonly kind: 'closing'; readonly reason: string }
  /** `ids`: of its messages, if they are observed. */
  | {
      readonly kind: 'frame';
      readonly bytes: Buffer;
      readonly ids: readonly number[];
      /** The network has doubled it, and this is the second. */
      readonly isCopy?: true;
    };

type Frame = Extract<Parcel, { kind: 'frame' }>;

/** One end of a channel. */
interface Party {
  readonly host: Host;
  readonly id: NodeId;
}

/** The receiving end of a channel. */
export interface Receiver extends Party {
  /** Hands it to the process; calls `taken` when the process has dealt with it. */
  take(parcel: Parcel, taken: () => void): void;
}

const GONE = 'the sender’s end is gone';

export class Channel {
  readonly #network: Network;
  readonly #from: Party;
  readonly #to: Receiver;
  readonly #writer = new Writer();
  #ids: number[] = [];
  /** On its way in order; only the first of them is on the timeline. */
  #queue: { parcel: Parcel; due: number }[] = [];
  #moving = false;
  #stalled = false;
  /** Written or on its way, or waiting at the other end for its process. */
  #bytes = 0;

  constructor(network: Network, from: Party, to: Receiver) {
    this.#network = network;
    this.#from = from;
    this.#to = to;
  }

  get queuedBytes(): number {
    return this.#bytes + this.#writer.length;
  }

  write(message: Message): void {
    if (this.#writer.length === 0) this.#network.hasUnsent(this);
    const before = this.#writer.length;
    writeMessage(this.#writer, message);
    const { observer } = this.#network;
    if (observer) {
      const bytes = this.#writer.length - before;
      this.#ids.push(observer.sent(this.#from.id, this.#to.id, message.type, bytes));
    }
    const { largestMessage } = this.#network;
    this.#network.largestMessage = Math.max(largestMessage, this.#writer.length - before);
  }

  flush(): void {
    if (this.#writer.length === 0) return;
    const bytes = this.#writer.finish();
    this.#bytes += bytes.length;
    this.#network.counts.frames++;
    const parcel: Frame = { kind: 'frame', bytes, ids: this.#ids };
    if (this.#ids.length > 0) this.#ids = [];
    if (this.#network.options.links === 'stream') this.send(parcel);
    else this.#sendLoose(parcel, bytes.length);
  }

  /** In order and once, whatever the links are like. */
  send(parcel: Parcel): void {
    const { scheduler } = this.#network;
    const due = scheduler.now + this.#network.delay(this.#from.host, this.#to.host);
    this.#queue.push({ parcel, due });
    this.#move();
  }

  /** The sender has died: what it had not handed to the network yet is gone. */
  truncate(): void {
    this.#writer.finish();
    this.#lose(this.#ids.splice(0), GONE);
    const kept = this.#network.random.whole(0, this.#queue.length);
    // The first one is on the timeline already.
    const gone = this.#queue.splice(Math.max(Math.min(1, this.#queue.length), kept));
    for (const { parcel } of gone) if (parcel.kind === 'frame') this.#lose(parcel.ids, GONE);
  }

  wake(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#move();
  }

  #move(): void {
    const [first] = this.#queue;
    if (!first || this.#moving || this.#stalled) return;
    this.#moving = true;
    this.#network.scheduler.at(first.due, () => {
      this.#moving = false;
      if (this.#network.isBlocked(this.#from.host, this.#to.host)) {
        this.#stalled = true;
        this.#network.stalled(this);
        return;
      }
      this.#queue.shift();
      this.#arrive(first.parcel);
      this.#move();
    });
  }

  #sendLoose(parcel: Frame, size: number): void {
    const network = this.#network;
    const copies = network.doublesFrame ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const isLost = network.losesFrame;
      if (isLost || network.isBlocked(this.#from.host, this.#to.host)) {
        this.#lose(parcel.ids, isLost ? 'the network lost it' : 'the way is blocked');
        if (copy === 0) this.#bytes -= size;
        continue;
      }
      network.scheduler.after(network.delay(this.#from.host, this.#to.host), () => {
        if (network.isBlocked(this.#from.host, this.#to.host)) {
          this.#lose(parcel.ids, 'the way is blocked');
          if (copy === 0) this.#bytes -= size;
        } else this.#arrive(copy > 0 ? { ...parcel, isCopy: true } : parcel);
      });
    }
  }

  #lose(ids: readonly number[], reason: Loss): void {
    for (const id of ids) this.#network.observer?.lost(id, this.#to.id, reason);
  }

  #arrive(parcel: Parcel): void {
    if (parcel.kind === 'frame') {
      this.#network.trace.mix(checksum(parcel.bytes) + this.#to.host.index);
    }
    this.#to.take(parcel, () => {
      if (parcel.kind === 'frame' && !parcel.isCopy) this.#bytes -= parcel.bytes.length;
    });
  }
}

/** What a message takes in a frame. */
export function bytesOf(message: Message): number {
  const writer = new Writer();
  writeMessage(writer, message);
  return writer.length;
}

/** The messages of a frame. Throws `MalformedFrame`. */
export function* messagesIn(frame: Buffer): Generator<Message> {
  const reader = new Reader(frame);
  while (!reader.done) yield readMessage(reader);
}
