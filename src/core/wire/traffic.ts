/**
 * Which socket a type of message takes, what is dropped first when a peer does not keep up, and how
 * large a message will be, without encoding it. A type that is not named here is a small request.
 */
import { FRAME_BYTES_LIMIT, type Message, type MessageOf, type MessageType } from './messages.js';

/**
 * `gossip` is repeated by whoever sends it, and stale when it waits. `repair` is started again
 * later. A `request` has somebody waiting for it.
 */
export type Priority = 'gossip' | 'repair' | 'request';

/** The small goes by control, so that a probe never waits behind a value. */
export type Channel = 'control' | 'bulk';

interface Traffic<T extends MessageType> {
  readonly channel?: Channel;
  readonly priority?: Priority;
  /** Bytes of what may be large in it. */
  readonly size?: (message: MessageOf<T>) => number;
}

const TRAFFIC: { readonly [T in MessageType]?: Traffic<T> } = {
  'replica.write': { size: ({ record }) => record.length },
  'replica.found': { size: ({ record }) => record?.length ?? 0 },
  'replica.promised': { size: ({ record }) => record?.length ?? 0 },
  'ring.promised': { size: ({ accepted }) => accepted?.ring.length ?? 0 },
  'ring.accept': { size: ({ ring }) => ring.length },
  'ring.decided': { size: ({ ring }) => ring.length, priority: 'gossip' },
  'ring.hand': { size: ({ ring }) => ring.length },
  'ring.fetch': { priority: 'gossip' },
  'ring.joining': { size: ({ ring }) => ring?.length ?? 0 },
  'ring.pulling': { priority: 'gossip' },
  'partition.list': { priority: 'repair' },
  'partition.listed': {
    channel: 'bulk',
    priority: 'repair',
    size: ({ entries }) => sum(entries, ({ key }) => key.length + ENTRY_OVERHEAD_BYTES),
  },
  'partition.fetch': { priority: 'repair', size: ({ keys }) => sum(keys, (key) => key.length) },
  'partition.fetched': {
    channel: 'bulk',
    priority: 'repair',
    size: ({ records }) => sum(records, (record) => record.length),
  },
  'partition.tree': { priority: 'repair' },
  'partition.leaves': { channel: 'bulk', priority: 'repair', size: ({ leaves }) => leaves.length },
  'node.sizes': { priority: 'repair' },
  'node.sized': {
    channel: 'bulk',
    priority: 'repair',
    size: ({ sizes }) => sizes.length * PARTITION_SIZE_BYTES,
  },
  'hints.deliver': {
    channel: 'bulk',
    priority: 'repair',
    size: ({ records }) => sum(records, (record) => record.length),
  },
  'hints.taken': { channel: 'bulk', priority: 'repair' },
  'swim.ping': { priority: 'gossip' },
  'swim.ack': { priority: 'gossip' },
  'swim.pingRequest': { priority: 'gossip' },
  'swim.nack': { priority: 'gossip' },
  'swim.sync': { priority: 'gossip', size: ({ roster }) => sum(roster, claimBytes) },
  'swim.synced': { priority: 'gossip', size: ({ roster }) => sum(roster, claimBytes) },
};

/** The version and the length of the key. */
const ENTRY_OVERHEAD_BYTES = 32;
/** A partition's number, rows and bytes. */
const PARTITION_SIZE_BYTES = 14;
/** What is not of variable length in it. */
const CLAIM_OVERHEAD_BYTES = 33;
/** Larger messages take the bulk socket whatever their type. */
const BULK_BYTES = 64 << 10;
/** A frame holds one such message and what was queued before it. */
export const MESSAGE_BYTES_LIMIT = FRAME_BYTES_LIMIT - (512 << 10);

export interface Classed {
  readonly channel: Channel;
  readonly priority: Priority;
  /** Of what may be large in the message; 0 if nothing may. */
  readonly bytes: number;
}

const SMALL: Classed = { channel: 'control', priority: 'request', bytes: 0 };

/** Throws `RangeError` if no frame could hold the message: the sender has to make smaller ones. */
export function classify(message: Message): Classed {
  const traffic = TRAFFIC[message.type] as Traffic<MessageType> | undefined;
  if (!traffic) return SMALL;
  const bytes = traffic.size?.(message) ?? 0;
  if (bytes > MESSAGE_BYTES_LIMIT) {
    throw new RangeError(`a ${message.type} of ${bytes} bytes does not fit into a frame`);
  }
  const channel = bytes > BULK_BYTES ? 'bulk' : (traffic.channel ?? 'control');
  return { channel, priority: traffic.priority ?? 'request', bytes };
}

function claimBytes(claim: MessageOf<'swim.sync'>['roster'][number]): number {
  const { address, bootId, accusers } = claim;
  return CLAIM_OVERHEAD_BYTES + address.length + bootId.length + 16 * accusers.length;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
