/**
 * The simulated network: hosts, how long things take between them, and what gets through.
 *
 * Links come in two kinds, one for a run. `stream` links behave like TCP: what one socket carries
 * arrives once and in order; a lost packet is a delay, and a blocked link holds everything back
 * until it is open again or an end gives up. `datagram` links are more hostile than any socket: a
 * frame may vanish, come twice, or be overtaken while the connection stands. No protocol of ours
 * may need more than that; what it needs from a connection is that its end is noticed.
 */

import type { NodeId } from '../../../src/core/data/version.js';
import type { Message } from '../../../src/core/wire/messages.js';
import type { Process } from '../world/clock.js';
import type { Stream } from '../world/random.js';
import type { Scheduler } from '../world/scheduler.js';
import type { Trace } from '../world/trace.js';
import type { MessageObserver } from './message-observer.js';

export interface NetworkOptions {
  readonly links: 'stream' | 'datagram';
  readonly leastDelayMs: number;
  /** Mean of what comes on top, most of the time. */
  readonly jitterMs: number;
  /** How often, and by how much in the mean, a delay is far longer than that. */
  readonly tailChance: number;
  readonly tailMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** Queued to one peer; see `limitOf` in `transport.ts`. */
  readonly maxQueuedBytes: number;
}

/** Whatever answers at a host's port. */
export interface Listener {
  readonly process: Process;
}

export interface Host<L extends Listener = Listener> {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  /** Without power nobody answers, not even with a refusal. */
  powered: boolean;
  listener: L | undefined;
}

/** One direction of a socket, as the network sees it. */
export interface Sender {
  /** The turn of the event loop in which it got something to send is over. */
  flush(): void;
  /** The way that was blocked may be open again. */
  wake(): void;
}

/** Called with each message as it is handed to the network. */
export type Tap = (from: NodeId, to: NodeId, message: Message) => void;

/** A first retransmission; each further one takes twice as long. */
const RETRANSMIT_MS = 200;
const MAX_RETRANSMITS = 5;

export class Network {
  readonly scheduler: Scheduler;
  readonly random: Stream;
  readonly trace: Trace;
  readonly options: NetworkOptions;
  readonly taps: Tap[] = [];
  observer: MessageObserver | undefined;
  readonly counts = {
    frames: 0,
    messages: 0,
    lost: 0,
    duplicated: 0,
    doubledPrepares: 0,
    held: 0,
    resets: 0,
    shed: 0,
    gossipShed: 0,
    repairShed: 0,
    requestShed: 0,
    bulkWrites: 0,
    silentPeers: 0,
  };
  /** The largest message that was ever written, bytes. */
  largestMessage = 0;
  /** The most that ever waited for one peer. */
  queuedBytesMost = 0;
  readonly #hosts = new Map<string, Host>();
  /** How many faults block a direction now. */
  readonly #blocks = new Map<number, number>();
  readonly #clogs = new Map<number, number>();
  readonly #stalled = new Set<Sender>();
  #unsent: Sender[] = [];
  /** While it is calm, nothing is lost, doubled or far too late. */
  isCalm = true;

  constructor(options: {
    scheduler: Scheduler;
    random: Stream;
    trace: Trace;
    options: NetworkOptions;
  }) {
    this.scheduler = options.scheduler;
    this.random = options.random;
    this.trace = options.trace;
    this.options = options.options;
  }

  addHost(name: string, address: string): Host {
    const host = { index: this.#hosts.size, name, address, powered: true, listener: undefined };
    this.#hosts.set(address, host);
    return host;
  }

  hostAt(address: string): Host | undefined {
    return this.#hosts.get(address);
  }

  isBlocked(from: Host, to: Host): boolean {
    return this.#blocks.size > 0 && this.#blocks.has(direction(from, to));
  }

  /** Nothing gets from one host to the other until the returned function is called. */
  block(from: Host, to: Host): () => void {
    const key = direction(from, to);
    this.#blocks.set(key, (this.#blocks.get(key) ?? 0) + 1);
    let open = false;
    return () => {
      if (open) return;
      open = true;
      const left = this.#blocks.get(key)! - 1;
      if (left > 0) this.#blocks.set(key, left);
      else this.#blocks.delete(key);
      this.#wake();
    };
  }

  /** Everything between two hosts takes so much longer until the returned function is called. */
  clog(from: Host, to: Host, delayMs: number): () => void {
    const key = direction(from, to);
    this.#clogs.set(key, delayMs);
    return () => {
      if (this.#clogs.get(key) === delayMs) this.#clogs.delete(key);
    };
  }

  heal(): void {
    this.isCalm = true;
    this.#blocks.clear();
    this.#clogs.clear();
    this.#wake();
  }

  /** How long something takes from host to host. */
  delay(from: Host, to: Host): number {
    const { leastDelayMs, jitterMs, tailChance, tailMs, loss, links } = this.options;
    const { random } = this;
    let delayMs = leastDelayMs + random.exponential(jitterMs);
    if (this.isCalm) return delayMs;
    if (random.chance(tailChance)) delayMs += random.exponential(tailMs);
    if (this.#clogs.size > 0) delayMs += this.#clogs.get(direction(from, to)) ?? 0;
    if (links === 'stream') {
      for (let i = 0; i < MAX_RETRANSMITS && random.chance(loss); i++) {
        this.counts.lost++;
        delayMs += RETRANSMIT_MS * 2 ** i;
      }
    }
    return delayMs;
  }

  get losesFrame(): boolean {
    const lost = !this.isCalm && this.random.chance(this.options.loss);
    if (lost) this.counts.lost++;
    return lost;
  }

  get doublesFrame(): boolean {
    const doubled = !this.isCalm && this.random.chance(this.options.duplication);
    if (doubled) this.counts.duplicated++;
    return doubled;
  }

  /** One packet of a handshake; it is lost if the way is blocked when it starts or arrives. */
  carry(from: Host, to: Host, arrived: () => void): void {
    if (this.isBlocked(from, to)) return;
    this.scheduler.after(this.delay(from, to), () => {
      if (!this.isBlocked(from, to)) arrived();
    });
  }

  /** A channel has something to send when the turn of the event loop is over. */
  hasUnsent(channel: Sender): void {
    this.#unsent.push(channel);
  }

  /** The turn is over: what it wrote leaves, as one frame for each socket. */
  endTurn(): void {
    if (this.#unsent.length === 0) return;
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const channel of unsent) channel.flush();
  }

  stalled(channel: Sender): void {
    this.counts.held++;
    this.#stalled.add(channel);
  }

  #wake(): void {
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const channel of stalled) channel.wake();
  }
}

function direction(from: Host, to: Host): number {
  return from.index * 1000 + to.index;
}
