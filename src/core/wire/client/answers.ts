/**
 * What a node says to a client at its door for programs. An answer carries the `call` of what it
 * answers; they come in any order.
 */
import { maybe, nodeId, oneOf, text, u8, u16, u32, version } from '../../codec.js';
import { type MessageIn, MessageTable } from '../frames/table.js';
import { message } from '../row.js';
import { contentType, members, owners, reached, value } from './fields.js';

export const CLIENT_ANSWERS = {
  'client.welcome': message({
    tag: 192,
    what: 'Answers the hello: the version that is spoken, and what the client has to keep to.',
    fields: {
      version: u16,
      node: nodeId,
      /** Its cluster; empty as long as the node has none. */
      cluster: text(100),
      /** As in `client.time`. */
      time: u32,
      /** In flight at a time: operations, and bytes of their keys and values. */
      operations: u32,
      bytes: u32,
      maxValueBytes: u32,
    },
  }),
  'client.ring': message({
    tag: 193,
    what: 'Who owns what: behind the welcome, and again when that has changed.',
    fields: { epoch: u32, members, owners },
  }),
  'client.value': message({
    tag: 194,
    what: 'The value that was asked for; `ttl` are the seconds that it has left.',
    fields: { call: u32, version, reached, checksum: u32, ttl: maybe(u32), contentType, value },
  }),
  'client.absent': message({
    tag: 195,
    what: 'There is no value under the key.',
    fields: { call: u32, reached },
  }),
  'client.written': message({
    tag: 196,
    what: 'It is stored, or deleted; the version stands for it in conditions.',
    fields: { call: u32, version, reached },
  }),
  'client.failed': message({
    tag: 197,
    what: 'Why not, as in the problem documents of REST; empty or 0 is what they would leave out.',
    fields: {
      call: u32,
      code: text(100),
      status: u16,
      detail: text(2000),
      applied: oneOf('', 'no', 'unknown'),
      needed: maybe(u8),
      got: maybe(u8),
      current: text(100),
      retryAfterMs: u32,
    },
  }),
  'client.time': message({
    tag: 199,
    what: 'What time it is at the node, every few seconds: ms that begin again at 0 after 32 bits.',
    fields: { time: u32 },
  }),
  'client.goodbye': message({
    tag: 198,
    what: 'The node is about to close: what is in flight is answered, nothing more is begun.',
    fields: { reason: text(200) },
  }),
};

export type ClientAnswer = MessageIn<typeof CLIENT_ANSWERS>;
export type AnswerOf<T extends ClientAnswer['type']> = Extract<ClientAnswer, { type: T }>;
export const ANSWER_TABLE = new MessageTable<ClientAnswer>(CLIENT_ANSWERS);
