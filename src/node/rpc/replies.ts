/**
 * Sends answers to peers, to the process that asked and to no other.
 *
 * An answer may take a while, and whoever asked may have been restarted and be connected again.
 * The new process numbers its calls from 1 like the old one did, and would take the answer to a
 * dead one's call for the answer to its own: a write that nobody stored would count as stored.
 *
 * Values that find no room in what waits for the peer already are not sent; so that it need not
 * wait for them, it is told so, and may ask another owner.
 */

import type { NodeId } from '../../core/data/version.js';
import { type Message, type MessageType, rowOf } from '../../core/wire/messages.js';
import type { PeerInfo, Transport } from '../../ports.js';

/** What has only been read: that there is no room to send it may be said instead. */
const BUSY: ReadonlySet<MessageType> = new Set([
  'replica.found',
  'replica.scanned',
  'partition.listed',
  'partition.fetched',
  'partition.sums',
  'partition.leaves',
]);

export class Replies {
  readonly #transport: Pick<Transport, 'send'>;
  /** The process that is, or was last, connected. */
  readonly #boots = new Map<NodeId, string>();

  constructor(transport: Pick<Transport, 'send'>) {
    this.#transport = transport;
  }

  peerUp({ id, bootId }: PeerInfo): void {
    this.#boots.set(id, bootId);
  }

  /** To whoever is connected as this peer now. */
  to(peer: NodeId): (message: Message) => void {
    const boot = this.#boots.get(peer);
    return (message) => {
      if (this.#boots.get(peer) !== boot || this.#transport.send(peer, message)) return;
      const instead = BUSY.has(message.type) && rowOf(message.type).refused;
      if (instead)
        this.#transport.send(peer, { ...message, outcome: 'busy', ...instead } as Message);
    };
  }
}
