/**
 * What the store asks of its thread: one row for each operation. Both sides are made from it, the
 * packing and the refusals of `sqlite-store.ts`, and the serving of `thread/`.
 *
 * The tags of operations that write, and of those that read, are nobody's but these two sides':
 * both are of one build.
 */
import {
  bytes,
  type Field,
  flag,
  list,
  maybe,
  named,
  struct,
  text,
  u32,
  uint53,
  version,
} from '../core/codec.js';
import { MAX_KEY_BYTES } from '../core/data/record.js';
import { MAX_PARTITION_SET_BYTES } from '../core/ring/partition-set.js';
import { MAX_LEAF_SET_BYTES, MAX_TREE_BYTES } from '../core/tree/hash-tree.js';
import { type Answer, DONE, found, PROMISED, RECORD, ROOM, VERSION, WRITTEN } from './answers.js';
import { type Item, pack, unpack } from './batch.js';

/** How a question is packed, and what the thread finds in it. */
export interface Question<Asked, Taken = Asked> {
  /** What it is, for a person. */
  readonly form: string;
  pack(asked: Asked): Uint8Array | undefined;
  unpack(payload: Buffer): Taken;
}

/** What whoever asks has to know of an operation. */
export interface Asking<Asked, Answered> {
  readonly tag: number;
  /** What it writes grows without end: it leaves the last of the disk alone. */
  readonly isOfClients: boolean;
  readonly question: { pack(asked: Asked): Uint8Array | undefined };
  readonly answer: { take(item: Item): Answered };
  /** The answer if the disk is full; of operations that write. */
  readonly whenFull?: Answered;
}

export interface Operation<Asked, Taken, Said, Answered> extends Asking<Asked, Answered> {
  /** One sentence for a person. */
  readonly what: string;
  /** It runs in a transaction, and is answered when that is synced. */
  readonly writes: boolean;
  readonly question: Question<Asked, Taken>;
  readonly answer: Answer<Said, Answered>;
}

/** A row as it is written down. What is not said is no. */
type Row<Asked, Taken, Said, Answered> = Omit<
  Operation<Asked, Taken, Said, Answered>,
  'writes' | 'isOfClients'
> & { readonly isOfClients?: true };

function writing<Asked, Taken, Said, Answered>(
  row: Row<Asked, Taken, Said, Answered> & { readonly whenFull: Answered },
): Operation<Asked, Taken, Said, Answered> {
  return { isOfClients: false, ...row, writes: true };
}

function reading<Asked, Taken, Said, Answered>(
  row: Row<Asked, Taken, Said, Answered>,
): Operation<Asked, Taken, Said, Answered> {
  return { ...row, writes: false, isOfClients: false };
}

/** Bytes as they stand. */
function raw(form: string): Question<Uint8Array, Buffer> {
  return { form, pack: (asked) => asked, unpack: (payload) => payload };
}

const NOTHING: Question<void> = { form: '', pack: () => undefined, unpack: () => undefined };

function packed<T>(field: Field<T>): Question<T> {
  return {
    form: field.form,
    pack: (asked) => pack(field, asked),
    unpack: (payload) => unpack(field, payload),
  };
}

const READ_ONLY = { kind: 'readOnly' } as const;
const ANY_LENGTH = 0xffff_ffff;
/** Undefined if the disk is full. */
const ROWS = found<number | undefined>(u32 as Field<number | undefined>);
const key = named('key', bytes(MAX_KEY_BYTES));
/** The place directly behind the longest key is one byte longer. */
const place = named('place', bytes(MAX_KEY_BYTES + 1));
const record = named('record', bytes(ANY_LENGTH));

const HINT_LIST = list(struct({ id: uint53, record, expiresAt: uint53 }), ANY_LENGTH);

export const OPERATIONS = {
  write: writing({
    tag: 1,
    what: 'Stores a record if the acceptor’s rule lets it.',
    isOfClients: true,
    question: raw('record'),
    answer: WRITTEN,
    whenFull: READ_ONLY,
  }),
  setMeta: writing({
    tag: 2,
    what: 'Keeps a small text under a name.',
    question: packed(struct({ name: text(1 << 10), text: text(64 << 20) })),
    answer: DONE,
    whenFull: false,
  }),
  probe: writing({
    tag: 3,
    what: 'Finds out whether there is room on the disk again.',
    question: NOTHING,
    answer: ROOM,
    whenFull: false,
  }),
  prepare: writing({
    tag: 4,
    what: 'Promises to take nothing below a ballot for a key.',
    isOfClients: true,
    question: packed(struct({ key, ballot: version })),
    answer: PROMISED,
    whenFull: READ_ONLY,
  }),
  drop: writing({
    tag: 5,
    what: 'Removes rows of a partition, some, or any and all promises; answers how many.',
    question: packed(
      struct({
        partition: u32,
        limit: u32,
        only: maybe(list(struct({ key, version }), ANY_LENGTH)),
      }),
    ),
    answer: ROWS,
    whenFull: undefined,
  }),
  hint: writing({
    tag: 6,
    what: 'Keeps a record for a node that has missed it.',
    isOfClients: true,
    // Targets are texts: a flipped bit can make them anything.
    question: packed(struct({ target: text(64), expiresAt: uint53, record })),
    answer: DONE,
    whenFull: false,
  }),
  dropHints: writing({
    tag: 7,
    what: 'Drops the hints with these numbers.',
    question: packed(list(uint53, ANY_LENGTH)),
    answer: DONE,
    whenFull: false,
  }),
  copy: writing({
    tag: 40,
    what: 'Stores a record that another owner holds, if the acceptor’s rule lets it.',
    isOfClients: true,
    question: raw('record'),
    answer: WRITTEN,
    whenFull: READ_ONLY,
  }),
  reap: writing({
    tag: 41,
    what: 'Removes what is over for good, and takes nothing of before any more.',
    question: packed(
      struct({
        partition: u32,
        upTo: version,
        entries: list(struct({ key, version }), ANY_LENGTH),
      }),
    ),
    answer: ROWS,
    whenFull: undefined,
  }),
  read: reading({ tag: 8, what: 'Reads a record.', question: raw('key'), answer: RECORD }),
  readVersion: reading({
    tag: 9,
    what: 'Reads the version of a record.',
    question: raw('key'),
    answer: VERSION,
  }),
  page: reading({
    tag: 10,
    what: 'Lists keys and versions of a partition, a page at a time.',
    question: packed(
      struct({
        partition: u32,
        limit: u32,
        leaves: maybe(bytes(MAX_LEAF_SET_BYTES)),
        after: maybe(key),
      }),
    ),
    answer: found(
      struct({ entries: list(struct({ key, version }), ANY_LENGTH), next: maybe(key) }),
    ),
  }),
  scan: reading({
    tag: 17,
    what: 'Lists what is held in a range of keys, of several partitions in one order.',
    question: packed(
      struct({
        partitions: bytes(MAX_PARTITION_SET_BYTES),
        from: place,
        to: maybe(place),
        reverse: flag,
        limit: u32,
        bytes: u32,
        withValues: flag,
      }),
    ),
    answer: found(
      struct({ rows: list(struct({ key, held: record }), ANY_LENGTH), next: maybe(key) }),
    ),
  }),
  inspect: reading({
    tag: 45,
    what: 'Reads rows of a partition whole, a piece at a time, and tells which are damaged.',
    question: packed(struct({ partition: u32, bytes: u32, after: maybe(key) })),
    answer: found(
      struct({ rows: u32, bytes: uint53, damaged: list(key, ANY_LENGTH), next: maybe(key) }),
    ),
  }),
  tree: reading({
    tag: 11,
    what:
      'Reads the leaves of a partition’s hash tree, if it is whole, and up to where was reaped; ' +
      'builds on with so many rows before, from the first one if it is to be built anew.',
    question: packed(struct({ partition: u32, anew: flag, rows: u32 })),
    answer: found(maybe(struct({ leaves: bytes(MAX_TREE_BYTES), reaped: version }))),
  }),
  endedIn: reading({
    tag: 46,
    what: 'Lists partitions in which something is over, some at a time.',
    question: packed(struct({ from: u32, before: uint53 })),
    answer: found(struct({ partitions: list(u32, ANY_LENGTH), next: maybe(u32) })),
  }),
  ended: reading({
    tag: 42,
    what: 'Lists what of a partition is over: tombstones, and what has expired.',
    question: packed(struct({ partition: u32, before: uint53, limit: u32 })),
    answer: found(
      struct({
        rows: uint53,
        since: uint53,
        entries: list(struct({ key, version }), ANY_LENGTH),
      }),
    ),
  }),
  stay: reading({
    tag: 44,
    what: 'Tells which entries, by their places, are not held in these versions, or not over.',
    question: packed(
      struct({
        partition: u32,
        before: uint53,
        entries: list(struct({ key, version }), ANY_LENGTH),
      }),
    ),
    answer: found(list(u32, ANY_LENGTH)),
  }),
  reapedUpTo: reading({
    tag: 43,
    what: 'Tells what was reaped of a partition.',
    question: packed(u32),
    answer: found(version),
  }),
  sizes: reading({
    tag: 12,
    what: 'Tells how much is held of each partition.',
    question: NOTHING,
    answer: found(list(struct({ partition: u32, rows: uint53, bytes: uint53 }), ANY_LENGTH)),
  }),
  hints: reading({
    tag: 13,
    what: 'Lists hints for a node, those first that expire first.',
    question: packed(
      struct({
        ...{ target: text(64), limit: u32, bytes: u32 },
        after: maybe(struct({ expiresAt: uint53, id: uint53 })),
      }),
    ),
    answer: found(HINT_LIST),
  }),
  hintsBehind: reading({
    tag: 18,
    what: 'Lists the hints for whomever, in the order of their numbers.',
    question: packed(struct({ after: uint53, limit: u32, bytes: u32 })),
    answer: found(HINT_LIST),
  }),
  hintSizes: reading({
    tag: 14,
    what: 'Tells how much is kept for each node.',
    question: NOTHING,
    answer: found(
      list(
        struct({ target: text(ANY_LENGTH), rows: uint53, bytes: uint53, expiresAt: uint53 }),
        ANY_LENGTH,
      ),
    ),
  }),
  readUpTo: reading({
    tag: 16,
    what: 'Reads the records of keys, in their order, until they are so many bytes.',
    question: packed(struct({ keys: list(key, ANY_LENGTH), bytes: u32 })),
    answer: found(list(record, ANY_LENGTH)),
  }),
  status: reading({
    tag: 15,
    what: 'Tells how much is held in all, and how large the log is.',
    question: NOTHING,
    answer: found(struct({ rows: uint53, bytes: uint53, walBytes: uint53 })),
  }),
};

export type OperationName = keyof typeof OPERATIONS;

/** What the thread is asked, and what it has to say, of each operation. */
export type Handlers = {
  readonly [N in OperationName]: (typeof OPERATIONS)[N] extends Operation<
    infer _Asked,
    infer Taken,
    infer Said,
    infer _Answered
  >
    ? (question: Taken) => Said
    : never;
};
