/**
 * What two processes have between them while they are connected: a control socket and, soon after,
 * a bulk socket. When one ends the other does: it hands over what has arrived, and that was it. So
 * nothing that was taken for sending is lost while the peer still counts as up.
 *
 * Until the bulk socket stands, everything takes the control socket. Order is kept on each of the
 * two, not across them.
 */

import type { NodeId } from '../core/data/version.js';
import type { Message } from '../core/wire/messages.js';
import type { Priority } from '../core/wire/row.js';
import { classify, queueLimits } from '../core/wire/traffic.js';
import type { PeerInfo } from '../ports.js';
import { CLOSE } from './closing.js';
import type { Link } from './link.js';

/** Messages refused because the peer does not keep up. */
export type ShedCounts = { [P in Priority]: number };

export interface SessionOptions {
  /** Chosen by the dialler; the bulk socket names it. */
  readonly id: string;
  readonly peer: PeerInfo;
  /** Empty: the peer was in no cluster yet. */
  readonly clusterId: string;
  readonly dialler: NodeId;
  /** What we dialled, if it was us. */
  readonly dialledAddress: string | undefined;
  /** By the monotonic clock. */
  readonly sinceMs: number;
  readonly maxQueuedBytes: number;
  readonly shed: ShedCounts;
  readonly control: (session: Session) => Link;
}

export class Session {
  readonly id: string;
  readonly peer: PeerInfo;
  readonly clusterId: string;
  readonly dialler: NodeId;
  readonly dialledAddress: string | undefined;
  readonly sinceMs: number;
  readonly #limits: ReturnType<typeof queueLimits>;
  readonly #shed: ShedCounts;
  readonly #control: Link;
  readonly #links = new Set<Link>();
  #bulk: Link | undefined;
  /** Why it ends: of the link that ended first. */
  fate: { readonly code: number; readonly reason: string } | undefined;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.peer = options.peer;
    this.clusterId = options.clusterId;
    this.dialler = options.dialler;
    this.dialledAddress = options.dialledAddress;
    this.sinceMs = options.sinceMs;
    this.#shed = options.shed;
    this.#limits = queueLimits(options.maxQueuedBytes);
    this.#control = options.control(this);
    this.#links.add(this.#control);
  }

  get isOpen(): boolean {
    return !this.fate && this.#control.isOpen;
  }

  get hasBulk(): boolean {
    return this.#bulk !== undefined;
  }

  addBulk(link: Link): void {
    this.#bulk = link;
    this.#links.add(link);
  }

  get queuedBytes(): number {
    return this.#control.queuedBytes + (this.#bulk?.queuedBytes ?? 0);
  }

  send(message: Message): boolean {
    const { channel, priority, bytes } = classify(message);
    const control = this.#control;
    const link = (channel === 'bulk' && this.#bulk) || control;
    if (this.fate || !link.isOpen) return false;
    const queued = priority === 'gossip' ? control.queuedBytes : this.queuedBytes;
    // An empty queue takes any message, or the largest could never be sent.
    if (queued > 0 && queued + bytes > this.#limits[priority]) {
      this.#shed[priority]++;
      return false;
    }
    link.write(message);
    return true;
  }

  /** Whether the peer gave a sign of life since this was last asked; if not, asks for one. */
  showsLife(): boolean {
    return this.#control.showsLife();
  }

  checkAlive(): void {
    for (const link of this.#links) link.checkAlive();
  }

  /** A link has ended and delivered all it had. True if it was the last one. */
  ended(link: Link, code: number, reason: string): boolean {
    this.fate ??= { code, reason };
    this.#links.delete(link);
    for (const other of this.#links) other.drain(codeToSend(code), reason);
    return this.#links.size === 0;
  }

  close(code: number, reason: string): void {
    for (const link of this.#links) link.close(code, reason);
  }
}

/** How a socket ended is no code to send, unless it is one of ours. */
function codeToSend(code: number): number {
  return code >= CLOSE.malformed ? code : CLOSE.goingAway;
}
