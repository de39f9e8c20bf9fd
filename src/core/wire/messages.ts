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
import type { Reader, StructOf, Writer } from '../codec.js';
import { BACKUP } from './backup.js';
import { EVENTS } from './events.js';
import { MessageTable, type TableRow } from './frames/table.js';
import { HINTS } from './hints.js';
import { MEMBERSHIP } from './membership.js';
import { PARTITION } from './partition.js';
import { REPLICA } from './replica.js';
import { RING } from './ring.js';

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

export type MessageRow = TableRow<Message>;

const TABLE = new MessageTable<Message>(MESSAGES);

export function rowOf(type: MessageType): MessageRow {
  return TABLE.rowOf(type);
}

/** Throws `RangeError`, and leaves nothing written, if the peer would take it for malformed. */
export function writeMessage(to: Writer, message: Message): void {
  TABLE.write(to, message);
}

/** Reads one message. Throws `MalformedFrame`. */
export function readMessage(from: Reader): Message {
  return TABLE.read(from);
}
