/**
 * Every message between peers, in one table: its tag, its fields and their bounds.
 *
 * Tags and the words of `oneOf` are the protocol: append, never renumber. A frame is one or more
 * messages, one behind the other. Requests carry `call`, a number that is the caller's own; the
 * reply carries it back.
 *
 * Protocol versions: 1 is the first.
 */
import {
  bytes,
  type Field,
  flag,
  list,
  MalformedFrame,
  maybe,
  nodeId,
  oneOf,
  only,
  type Reader,
  type Shape,
  type StructOf,
  struct,
  text,
  u8,
  u16,
  u32,
  uint53,
  version,
  type Writer,
} from '../codec.js';
import {
  hasRecordLengths,
  MAX_CONTENT_TYPE_BYTES,
  MAX_HEADER_BYTES,
  MAX_KEY_BYTES,
} from '../data/record.js';
import { MAX_LEAF_SET_BYTES, MAX_TREE_BYTES } from '../tree/hash-tree.js';

export const PROTOCOL_VERSION = 1;

/** No configuration allows a larger value. */
export const VALUE_BYTES_LIMIT = 64 << 20;
/** A peer frame is never larger: room for one largest record, or many small messages. */
export const FRAME_BYTES_LIMIT = VALUE_BYTES_LIMIT + (1 << 20);
/**
 * The largest takes 11 MB: in transition, 65,536 partitions with 16 owners of three digits each,
 * twice, and twice 1,000 members with the longest addresses and zones.
 */
export const MAX_RING_BYTES = 16 << 20;
const MAX_WISH_BYTES = 1 << 20;
const MAX_REASON_BYTES = 64 << 10;

/** Rows that one page of a partition looks at, at most: with the longest keys 4 MiB. */
export const PAGE_ROWS_LIMIT = 4096;

const key = only('a key', ({ length }) => length > 0, bytes(MAX_KEY_BYTES));
// Its checksum is checked by whoever stores or decodes it.
const record = only(
  'a record',
  hasRecordLengths,
  bytes(MAX_HEADER_BYTES + MAX_CONTENT_TYPE_BYTES + MAX_KEY_BYTES + VALUE_BYTES_LIMIT),
);
const ring = text(MAX_RING_BYTES);
const ballot = struct({ round: u32, node: nodeId });

/**
 * What a replica says of a request. `fenced`: its ring epoch is higher than the request's.
 * `expired`: the deadline had passed, nothing was done. `readOnly`: the disk is full, nothing was
 * stored. `busy`: too much is queued, nothing was done. `corrupt`: the row or the request fails its
 * checksum. `clockAhead`: the version lies further ahead of the replica's clock than drift may be.
 * `promised`: a higher ballot is promised for the key.
 */
const outcome = oneOf(
  'ok',
  'superseded',
  'fenced',
  'expired',
  'readOnly',
  'busy',
  'corrupt',
  'clockAhead',
  'promised',
);

/** A roster never holds more, so that a full exchange always fits its message. */
export const ROSTER_LIMIT = 2000;
/** Rumours that one probe or answer carries at most. */
export const RUMOURS_LIMIT = 64;
/** Members that are named as the accusers of a suspect; more change nothing. */
export const ACCUSERS_LIMIT = 8;
/** What somebody says of a member, or a member of itself. */
const claim = struct({
  id: nodeId,
  /** Of the 300 characters that a member's may have each takes up to 3 bytes. */
  address: text(900),
  /** Empty if the speaker has never heard from the member itself. */
  bootId: text(64),
  incarnation: u32,
  status: oneOf('alive', 'suspect', 'dead', 'left'),
  accusers: list(nodeId, ACCUSERS_LIMIT),
});
const rumours = list(claim, RUMOURS_LIMIT);
const roster = list(claim, ROSTER_LIMIT);

const TABLE = {
  // Replica requests: a quorum of these is a client's write or read.
  'replica.write': [1, { call: u32, epoch: u32, timeoutMs: u16, record }],
  'replica.written': [2, { call: u32, outcome, epoch: u32, version: maybe(version) }],
  'replica.read': [3, { call: u32, epoch: u32, timeoutMs: u16, withValue: flag, key }],
  'replica.found': [
    4,
    { call: u32, outcome, epoch: u32, version: maybe(version), record: maybe(record) },
  ],
  // CASPaxos on one key; what follows a promise is a `replica.write` whose version is the ballot.
  'replica.prepare': [5, { call: u32, epoch: u32, timeoutMs: u16, ballot: version, key }],
  'replica.promised': [
    6,
    { call: u32, outcome, epoch: u32, version: maybe(version), record: maybe(record) },
  ],
  // The chain of rings: one single-decree Paxos instance per epoch.
  'ring.prepare': [10, { call: u32, epoch: u32, ballot }],
  'ring.promised': [
    11,
    { call: u32, ok: flag, promised: ballot, accepted: maybe(struct({ ballot, ring })) },
  ],
  'ring.accept': [12, { call: u32, epoch: u32, ballot, ring }],
  'ring.accepted': [13, { call: u32, ok: flag, promised: ballot }],
  'ring.decided': [14, { ring }],
  /** Asks for the peer's ring if it is newer than `epoch`; the answer is `ring.decided`. */
  'ring.fetch': [15, { epoch: u32 }],
  'ring.join': [16, { call: u32, member: text(MAX_WISH_BYTES) }],
  'ring.joining': [
    17,
    { call: u32, refusal: text(MAX_REASON_BYTES), waitsFor: text(1000), ring: maybe(ring) },
  ],
  /** The sender has fetched all it gained in this epoch's transition. */
  'ring.pulled': [18, { epoch: u32 }],
  /** How far the sender is with that, in partitions; `bytes` is what it has fetched. */
  'ring.pulling': [19, { epoch: u32, done: u32, total: u32, bytes: uint53 }],
  // Transfers: pages of a partition, in key order; of `leaves` of its hash tree, or of all.
  'partition.list': [
    20,
    {
      call: u32,
      epoch: u32,
      partition: u16,
      leaves: maybe(bytes(MAX_LEAF_SET_BYTES)),
      after: maybe(key),
      limit: u16,
    },
  ],
  /** `next` is the key behind which to go on. */
  'partition.listed': [
    21,
    {
      call: u32,
      outcome,
      epoch: u32,
      entries: list(struct({ key, version }), PAGE_ROWS_LIMIT),
      next: maybe(key),
    },
  ],
  'partition.fetch': [22, { call: u32, epoch: u32, keys: list(key, 1000) }],
  'partition.fetched': [23, { call: u32, outcome, epoch: u32, records: list(record, 1000) }],
  /** Asks for the leaves of a partition's hash tree (`core/tree/hash-tree.ts`). */
  'partition.tree': [24, { call: u32, epoch: u32, partition: u16 }],
  'partition.leaves': [25, { call: u32, outcome, epoch: u32, leaves: bytes(MAX_TREE_BYTES) }],
  /** Asks how much of each partition the peer holds. */
  'node.sizes': [26, { call: u32 }],
  'node.sized': [
    27,
    { call: u32, sizes: list(struct({ partition: u16, rows: u32, bytes: uint53 }), 65536) },
  ],
  /** Records that the peer has missed, if it is an owner of theirs. */
  'hints.deliver': [28, { call: u32, epoch: u32, records: list(record, 1000) }],
  /** `pauseMs`: for so long the sender keeps its next ones back. */
  'hints.taken': [29, { call: u32, outcome, epoch: u32, pauseMs: u32 }],
  /** Why the sender is about to close: a restart is not a death. */
  goodbye: [30, { reason: oneOf('restarting', 'leaving'), level: u8 }],
  /** Whoever leaves wants to know that the ring without it is known. */
  'ring.hand': [31, { call: u32, ring }],
  /** `epoch` is in force, and on disk, at the sender. */
  'ring.handed': [32, { call: u32, epoch: u32 }],
  // The failure detector. `probe` is the prober's number for it, carried back by the answer, and
  // `sender` the process that speaks, so that a restarted one, or one that runs on a copy of the
  // disk, is not taken for the one that was meant.
  'swim.ping': [40, { probe: u32, target: nodeId, sender: claim, rumours }],
  /** `sender` answers, also when a relay passes it on; `wallMs` is its wall clock. */
  'swim.ack': [41, { probe: u32, sender: claim, wallMs: uint53, rumours }],
  /** Asks for a ping on the sender's behalf. */
  'swim.pingRequest': [42, { probe: u32, target: nodeId, rumours }],
  /** A relay's word that it is well, and has no answer from the target either. */
  'swim.nack': [43, { probe: u32, rumours }],
  /** The full exchange: all the sender knows, itself first. The answer is the same thing back. */
  'swim.sync': [44, { roster }],
  'swim.synced': [45, { roster }],
} as const satisfies { [type: string]: readonly [number, Shape] };

type Table = typeof TABLE;
export type MessageType = keyof Table;
export type MessageOf<T extends MessageType> = { type: T } & StructOf<Table[T][1]>;
export type Message = { [T in MessageType]: MessageOf<T> }[MessageType];

/** Requests and replies are matched by `call`. */
export type Request = Extract<Message, { call: number }>;

interface MessageRow {
  readonly tag: number;
  readonly type: MessageType;
  readonly fields: Field<object>;
}

const byType = new Map<string, MessageRow>();
const byTag: (MessageRow | undefined)[] = [];
for (const [name, [tag, shape]] of Object.entries(TABLE)) {
  const type = name as MessageType;
  // The type goes in as a field that takes no bytes, so that every message of a type has one shape.
  const typeField: Field<string> = { put: () => undefined, take: () => type };
  const fields = struct({ type: typeField, ...shape }) as Field<object>;
  const entry = { tag, type, fields };
  if (byTag[tag]) throw new Error(`two messages have the tag ${tag}`);
  byType.set(type, entry);
  byTag[tag] = entry;
}

/** Throws `RangeError`, and leaves nothing written, if the peer would take it for malformed. */
export function writeMessage(to: Writer, message: Message): void {
  const entry = byType.get(message.type)!;
  const start = to.length;
  try {
    to.u8(entry.tag);
    entry.fields.put(to, message);
  } catch (error) {
    to.cutBackTo(start);
    throw error;
  }
}

/** Reads one message. Throws `MalformedFrame`. */
export function readMessage(from: Reader): Message {
  const entry = byTag[from.u8()];
  if (!entry) throw new MalformedFrame('unknown message tag');
  return entry.fields.take(from) as Message;
}
