/**
 * The simulated Transport of one node: dials, is dialled, and keeps one connection with each peer.
 *
 * It follows the rules of the real one in `src/peers`: of two members the one with the smaller id
 * dials; who is introduced to an address dials whoever answers there; when two nodes dial each
 * other at once, the connection dialled by the smaller id stands; a new boot id replaces what
 * stood, with `down` before the new `up`. The handshake is reduced to what it decides: the same
 * secret, the same cluster or none yet, the expected node. Each connection has two sockets, which
 * keep order each for itself; a peer from which nothing can be heard for three checks in a row is
 * given up.
 */

import type { NodeId } from '../../../src/core/data/version.js';
import type { Message } from '../../../src/core/wire/messages.js';
import type { PeerInfo, Transport, TransportEvents } from '../../../src/ports.js';
import type { Process } from '../world/clock.js';
import { Connection, type End, type Endpoint } from './connection.js';
import type { Host, Network } from './network.js';

const HANDSHAKE_MS = 5000;
const KEEP_ALIVE_MS = 5000;
const SILENT_CHECKS = 3;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

interface Target {
  readonly address: string;
  /** Undefined: whoever answers there. */
  readonly peer: NodeId | undefined;
  failures: number;
  dialling: boolean;
}

export interface SimTransportOptions {
  readonly network: Network;
  readonly host: Host;
  readonly process: Process;
  readonly self: PeerInfo;
  readonly secret: string;
}

export class SimTransport implements Transport, Endpoint {
  readonly network: Network;
  readonly host: Host;
  readonly process: Process;
  readonly self: PeerInfo;
  readonly #secret: string;
  readonly #ends = new Map<NodeId, End>();
  /** Members by their ids (two may have one address), introductions by their addresses. */
  #targets = new Map<string, Target>();
  #clusterId = '';
  #events: TransportEvents | undefined;
  #closed = false;

  constructor({ network, host, process, self, secret }: SimTransportOptions) {
    this.network = network;
    this.host = host;
    this.process = process;
    this.self = self;
    this.#secret = secret;
  }

  get clusterId(): string {
    return this.#clusterId;
  }

  get isListening(): boolean {
    return this.#events !== undefined && !this.#closed;
  }

  start(events: TransportEvents): void {
    this.#events = events;
    this.host.listener = this;
    this.process.clock.setTimeout(() => this.#checkPeers(), KEEP_ALIVE_MS);
  }

  send(to: NodeId, message: Message): boolean {
    const end = this.#ends.get(to);
    if (!end) return false;
    for (const tap of this.network.taps) tap(this.self.id, to, message);
    const taken = end.send(message);
    if (!taken) this.network.counts.shed++;
    return taken;
  }

  isUp(peer: NodeId): boolean {
    return this.#ends.has(peer);
  }

  connected(): NodeId[] {
    return [...this.#ends.keys()];
  }

  setPeers(peers: readonly { id: NodeId; address: string }[]): void {
    const ours = peers.filter(({ id }) => this.self.id < id);
    const former = this.#targets;
    this.#targets = new Map([...former].filter(([, { peer }]) => peer === undefined));
    for (const { id, address } of ours) {
      const known = former.get(id);
      const target =
        known?.address === address ? known : { address, peer: id, failures: 0, dialling: false };
      this.#targets.set(id, target);
      this.#pursue(target);
    }
  }

  introduce(address: string): void {
    const known = this.#targets.get(address);
    const target = known ?? { address, peer: undefined, failures: 0, dialling: false };
    this.#targets.set(address, target);
    this.#pursue(target);
  }

  setCluster(clusterId: string): void {
    this.#clusterId = clusterId;
    for (const end of [...this.#ends.values()]) {
      const theirs = end.other.transport.clusterId;
      if (theirs !== '' && theirs !== clusterId) end.close('another cluster');
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const end of [...this.#ends.values()]) end.close('the node is closing');
    if (this.host.listener === this) this.host.listener = undefined;
    return Promise.resolve();
  }

  /** The process is gone: the system resets its connections, unless it is gone as well. */
  die(): void {
    this.#closed = true;
    if (this.host.listener === this) this.host.listener = undefined;
    for (const end of this.#ends.values()) end.die(this.host.powered);
    this.#ends.clear();
  }

  /** Something between the two forgot the connection (a middlebox, a cable). */
  cut(peer: NodeId): void {
    const end = this.#ends.get(peer);
    end?.other.lose();
    end?.lose();
  }

  get queuedBytesMost(): number {
    return Math.max(0, ...[...this.#ends.values()].map((end) => end.queuedBytes));
  }

  #pursue(target: Target): void {
    if (target.dialling || this.#isMet(target)) return;
    target.dialling = true;
    this.process.clock.setTimeout(() => this.#dial(target), this.#retryMs(target));
  }

  #isWanted(target: Target): boolean {
    return this.#targets.get(target.peer ?? target.address) === target;
  }

  #retryMs({ failures }: Target): number {
    if (failures === 0) return 0;
    const longest = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    return this.network.random.between(longest / 2, longest);
  }

  #isMet({ address, peer }: Target): boolean {
    if (peer !== undefined) return this.#ends.has(peer);
    for (const end of this.#ends.values()) if (end.peer.address === address) return true;
    return false;
  }

  #dial(target: Target): void {
    const { network, host } = this;
    const there = network.hostAt(target.address);
    if (this.#closed || !this.#isWanted(target)) return;
    if (!there || this.#isMet(target)) {
      target.dialling = false;
      return;
    }
    const timer = this.process.clock.setTimeout(() => end(), HANDSHAKE_MS);
    let open = true;
    const end = (met = false) => {
      if (!open) return;
      open = false;
      this.process.clock.clearTimeout(timer);
      target.dialling = false;
      target.failures = met ? 0 : target.failures + 1;
      if (!met && this.#isWanted(target)) this.#pursue(target);
    };
    const answer = (run: () => void) =>
      network.carry(there, host, () => this.process.deliver(() => open && run()));
    network.carry(host, there, () => {
      const listener = there.listener as SimTransport | undefined;
      if (!listener) {
        if (there.powered) answer(() => end());
        return;
      }
      listener.process.deliver(() => {
        if (listener.isListening) answer(() => end(this.#meet(listener, target)));
      });
    });
  }

  /** The other side's hello is here; whether a connection stands now. */
  #meet(listener: SimTransport, target: Target): boolean {
    const { self } = listener;
    if (self.id === this.self.id || listener.#secret !== this.#secret) return false;
    if (target.peer !== undefined && target.peer !== self.id) return false;
    if (!this.#fits(listener.#clusterId)) return false;
    if (this.#ends.get(self.id)?.peer.bootId === self.bootId) return true;
    const { ours } = new Connection(this.network, this, listener);
    this.#stand(ours);
    ours.sendOpening();
    return true;
  }

  #fits(clusterId: string): boolean {
    return clusterId === '' || this.#clusterId === '' || clusterId === this.#clusterId;
  }

  /** A connection that the other side dialled has come all the way; whether it stands now. */
  accept(end: End): boolean {
    if (!this.isListening || !this.#fits(end.other.transport.clusterId)) return end.refuse();
    const former = this.#ends.get(end.peer.id);
    const weDialled = former?.isDialler && former.peer.bootId === end.peer.bootId;
    if (weDialled && this.self.id < end.peer.id) return end.refuse();
    this.#stand(end);
    return true;
  }

  #stand(end: End): void {
    const { peer } = end;
    const former = this.#ends.get(peer.id);
    if (former) former.close(former.peer.bootId === peer.bootId ? 'reconnected' : 'restarted');
    end.open();
    this.#ends.set(peer.id, end);
    const { trace, scheduler } = this.network;
    if (trace.on) trace.line(scheduler.now, this.process.name, `up ${end.other.host.name}`);
    this.#events!.up(peer);
  }

  /** An end of ours is closed, by either side. */
  ended(end: End, reason: string): void {
    if (this.#ends.get(end.peer.id) !== end) return;
    this.#ends.delete(end.peer.id);
    const { trace, scheduler } = this.network;
    if (trace.on) {
      trace.line(scheduler.now, this.process.name, `down ${end.other.host.name}: ${reason}`);
    }
    if (!this.#closed) {
      for (const target of this.#targets.values()) {
        if (target.peer === end.peer.id) this.#pursue(target);
      }
    }
    this.#events!.down(end.peer.id, reason);
  }

  received(from: NodeId, message: Message, waitedMs: number): void {
    this.network.counts.messages++;
    const { trace, scheduler } = this.network;
    if (trace.on) trace.line(scheduler.now, this.process.name, `from ${from}: ${show(message)}`);
    this.#events!.message(from, message, waitedMs);
  }

  #checkPeers(): void {
    if (this.#closed) return;
    for (const end of [...this.#ends.values()]) {
      const isSilent = end.countSilence() >= SILENT_CHECKS;
      if (!isSilent) continue;
      this.network.counts.silentPeers++;
      end.close('the peer has fallen silent');
    }
    this.process.clock.setTimeout(() => this.#checkPeers(), KEEP_ALIVE_MS);
  }
}

function show(message: Message): string {
  return JSON.stringify(brief(message));
}

/** Not by a replacer: `JSON.stringify` makes an array of a buffer's bytes before it asks one. */
function brief(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'string') return value.length > 60 ? `${value.slice(0, 60)}…` : value;
  if (Array.isArray(value)) return value.map(brief);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, brief(each)]));
}
