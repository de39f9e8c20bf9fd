/**
 * What a client says to a node, at its door for programs. `call` is a number of the client's own,
 * each above the one before (as numbers of 32 bits that begin again at 0). `sentAt` is the node's
 * time when the message left, as the client reckons it from the welcome and from `client.time`, and
 * `timeoutMs` what was left then, 0 for the node's usual time: so what has lain anywhere on its way
 * has less, and what comes too late is not begun. `checksum`: of the key, and of what is to be
 * stored under it (`core/data/content-checksum.ts`).
 */
import { text, u16, u32 } from '../../codec.js';
import { key } from '../fields.js';
import { type MessageIn, MessageTable } from '../frames/table.js';
import { message } from '../row.js';
import { condition, contentType, level, naming, value } from './fields.js';

/** Of the protocol between clients and nodes; that of peers has its own. */
export const CLIENT_PROTOCOL_VERSION = 1;

const head = { call: u32, sentAt: u32, timeoutMs: u16, level, checksum: u32 };

export const CLIENT_REQUESTS = {
  'client.hello': message({
    tag: 128,
    what: 'The first message: which versions of the protocol the client speaks. It never changes.',
    fields: { least: u16, most: u16, program: text(200) },
  }),
  'client.get': message({
    tag: 129,
    what: 'Asks for a value.',
    fields: { ...head, key },
  }),
  'client.put': message({
    tag: 130,
    what: 'Stores a value; `ttl` are the seconds until it expires, 0 for never.',
    fields: { ...head, condition, operation: naming, ttl: u32, contentType, key, value },
  }),
  'client.delete': message({
    tag: 131,
    what: 'Deletes a key.',
    fields: { ...head, condition, operation: naming, key },
  }),
};

export type ClientRequest = MessageIn<typeof CLIENT_REQUESTS>;
export const REQUEST_TABLE = new MessageTable<ClientRequest>(CLIENT_REQUESTS);
