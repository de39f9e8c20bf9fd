/**
 * Which socket a message takes, what is dropped first when a peer does not keep up, and how large
 * it will be, without encoding it: from its row in the table of messages.
 */
import { MESSAGE_BYTES_LIMIT } from './limits.js';
import { MESSAGES, type Message, type MessageType, rowOf } from './messages.js';
import type { Channel, Priority } from './row.js';

/** Larger messages take the bulk socket whatever their type. */
const BULK_BYTES = 64 << 10;

export interface Classed {
  readonly channel: Channel;
  readonly priority: Priority;
  /** Of what may be large in the message; 0 if nothing may. */
  readonly bytes: number;
}

/** Of the types in which nothing may be large. */
const SMALL = new Map<MessageType, Classed>();
for (const type of Object.keys(MESSAGES) as MessageType[]) {
  const { channel = 'control', priority = 'request', size } = rowOf(type);
  if (!size) SMALL.set(type, { channel, priority, bytes: 0 });
}

/** Throws `RangeError` if no frame could hold the message: the sender has to make smaller ones. */
export function classify(message: Message): Classed {
  const small = SMALL.get(message.type);
  if (small) return small;
  const { size, channel = 'control', priority = 'request' } = rowOf(message.type);
  const bytes = size?.(message) ?? 0;
  if (bytes > MESSAGE_BYTES_LIMIT) {
    throw new RangeError(`a ${message.type} of ${bytes} bytes does not fit into a frame`);
  }
  return { channel: bytes > BULK_BYTES ? 'bulk' : channel, priority, bytes };
}

/** With more bytes than that queued to a peer, a message of the class is refused. */
export function queueLimits(maxQueuedBytes: number): { readonly [P in Priority]: number } {
  return {
    // Of the control socket alone: values that wait their turn are no reason to drop a probe.
    gossip: maxQueuedBytes / 64,
    repair: maxQueuedBytes / 2,
    request: maxQueuedBytes,
  };
}
