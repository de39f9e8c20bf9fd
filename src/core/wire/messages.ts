/**
 * Every message between peers, in one table. A row of it (`row.ts`) says all there is to say of a
 * message; the rows stand in files by their topic.
 *
 * Tags and the words of `oneOf` are the protocol: append, never renumber. A frame is one or more
 * messages, one behind the other. Requests carry `call`, a number that is the caller's own; the
 * reply carries it back.
 *
 * Protocol versions: 1 is the first.
 */
import { assert, present } from '../assert.js';
import {
  type Field,
  MalformedFrame,
  type Reader,
  type Shape,
  type StructOf,
  struct,
  type Writer,
} from '../codec.js';
import { BACKUP } from './backup.js';
import { EVENTS } from './events.js';
import { HINTS } from './hints.js';
import { MEMBERSHIP } from './membership.js';
import { PARTITION } from './partition.js';
import { REPLICA } from './replica.js';
import { RING } from './ring.js';
import type { Row } from './row.js';

export const PROTOCOL_VERSION = 1;

export const MESSAGES = {
  ...REPLICA,
  ...RING,
  ...PARTITION,
  ...HINTS,
  ...MEMBERSHIP,
  ...EVENTS,
  ...BACKUP,
} as const;

type Table = typeof MESSAGES;
export type MessageType = keyof Table;
export type MessageOf<T extends MessageType> = { type: T } & StructOf<Table[T]['fields']>;
/** A message of one of these types. */
export type AnyOf<T extends MessageType> = { [K in T]: MessageOf<K> }[T];
export type Message = AnyOf<MessageType>;

/** The types of requests, whose replies have their `call`. */
export type RequestType = {
  [T in MessageType]: Table[T] extends { readonly reply: MessageType } ? T : never;
}[MessageType];
export type ReplyTypeOf<T extends RequestType> = Table[T]['reply'];
export type ReplyType = ReplyTypeOf<RequestType>;
export type Reply = AnyOf<ReplyType>;

/** Requests whose replies have an outcome, and can say that nothing was done. */
export type RefusableType = {
  [T in RequestType]: Table[ReplyTypeOf<T>] extends { readonly refused: object } ? T : never;
}[RequestType];
export type Refusable = AnyOf<RefusableType>;

/** A row as it is looked up. */
export interface MessageRow extends Omit<Row<Shape>, 'fields' | 'size'> {
  readonly type: MessageType;
  readonly fields: Field<object>;
  readonly size: ((message: Message) => number) | undefined;
  readonly reply: MessageType | undefined;
  readonly refused: object | undefined;
}

const byType = new Map<string, MessageRow>();
const byTag: (MessageRow | undefined)[] = [];
for (const [name, row] of Object.entries(MESSAGES)) {
  const type = name as MessageType;
  // The type goes in as a field that takes no bytes, so that every message of a type has one shape.
  const typeField: Field<string> = { form: 'type', put: () => undefined, take: () => type };
  const entry: MessageRow = {
    ...row,
    type,
    fields: struct({ type: typeField, ...row.fields }) as Field<object>,
    size: row.size as MessageRow['size'],
    reply: 'reply' in row ? row.reply : undefined,
    refused: 'refused' in row ? row.refused : undefined,
  };
  assert(byTag[row.tag] === undefined, `one message has the tag ${row.tag}`);
  byType.set(type, entry);
  byTag[row.tag] = entry;
}

export function rowOf(type: MessageType): MessageRow {
  return present(byType.get(type), 'a row of every message');
}

/** Throws `RangeError`, and leaves nothing written, if the peer would take it for malformed. */
export function writeMessage(to: Writer, message: Message): void {
  const row = rowOf(message.type);
  const start = to.length;
  try {
    to.u8(row.tag);
    row.fields.put(to, message);
  } catch (error) {
    to.cutBackTo(start);
    throw error;
  }
}

/** Reads one message. Throws `MalformedFrame`. */
export function readMessage(from: Reader): Message {
  const row = byTag[from.u8()];
  if (!row) throw new MalformedFrame('unknown message tag');
  return row.fields.take(from) as Message;
}
