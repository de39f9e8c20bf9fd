/** Follows each message on its way, if somebody wants to see it. */
import type { NodeId } from '../../../src/core/data/version.js';
import type { MessageType } from '../../../src/core/wire/messages.js';

/** Why one does not get there. */
export type Loss =
  | 'too much waits to be sent'
  | 'the network lost it'
  | 'the way is blocked'
  | 'the sender’s end is gone'
  | 'nobody runs there'
  | 'the process ended before it took it'
  | 'the connection is gone';

export interface MessageObserver {
  /** `bytes`: of the message alone. Returns what it is to be called from now on. */
  sent(from: NodeId, to: NodeId, type: MessageType, bytes: number): number;
  /** The node it was sent to has been given it; twice if the network has doubled it. */
  arrived(id: number, at: NodeId): void;
  /** So has a copy of it; `to` is whom it was sent to. */
  lost(id: number, to: NodeId, reason: Loss): void;
}
