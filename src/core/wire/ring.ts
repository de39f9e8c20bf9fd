/**
 * The chain of rings, one single-decree Paxos instance for each epoch; and how rings, wishes for
 * another one, and progress on the way to it get about.
 */
import { flag, maybe, struct, text, u32, uint53 } from '../codec.js';
import { ballot, ring } from './fields.js';
import { message, request } from './row.js';

const MAX_WISH_BYTES = 1 << 20;
const MAX_REASON_BYTES = 64 << 10;

export const RING = {
  'ring.prepare': request({
    tag: 10,
    what: 'Asks a voter of the ring before `epoch` to promise its vote to no lower ballot.',
    fields: { call: u32, epoch: u32, ballot },
    reply: 'ring.promised',
  }),
  'ring.promised': message({
    tag: 11,
    what: 'The promise, or the higher one in its way, and what was voted for before.',
    fields: { call: u32, ok: flag, promised: ballot, accepted: maybe(struct({ ballot, ring })) },
    size: ({ accepted }) => accepted?.ring.length ?? 0,
  }),
  'ring.accept': request({
    tag: 12,
    what: 'Asks a voter for its vote.',
    fields: { call: u32, epoch: u32, ballot, ring },
    reply: 'ring.accepted',
    size: ({ ring }) => ring.length,
  }),
  'ring.accepted': message({
    tag: 13,
    what: 'The vote, which is on disk; or the higher promise in its way.',
    fields: { call: u32, ok: flag, promised: ballot },
  }),
  'ring.decided': message({
    tag: 14,
    what: 'A ring that a majority has voted for.',
    fields: { ring },
    size: ({ ring }) => ring.length,
    priority: 'gossip',
  }),
  'ring.fetch': message({
    tag: 15,
    what: 'Asks for the peer’s ring if it is newer than `epoch`; the answer is `ring.decided`.',
    fields: { epoch: u32 },
    priority: 'gossip',
  }),
  'ring.join': request({
    tag: 16,
    what: 'Asks for a place in the next ring.',
    fields: { call: u32, member: text(MAX_WISH_BYTES) },
    reply: 'ring.joining',
  }),
  'ring.joining': message({
    tag: 17,
    what: 'Why the newcomer is refused, or what it waits for, or the ring to begin with.',
    fields: { call: u32, refusal: text(MAX_REASON_BYTES), waitsFor: text(1000), ring: maybe(ring) },
    size: ({ ring }) => ring?.length ?? 0,
  }),
  'ring.pulled': message({
    tag: 18,
    what: 'The sender has fetched all it gained in this epoch’s transition.',
    fields: { epoch: u32 },
  }),
  'ring.pulling': message({
    tag: 19,
    what: 'How far the sender is with that, in partitions; `bytes` is what it has fetched.',
    fields: { epoch: u32, done: u32, total: u32, bytes: uint53 },
    priority: 'gossip',
  }),
  'ring.hand': request({
    tag: 31,
    what: 'Hands over a ring: whoever leaves wants to know that the ring without it is known.',
    fields: { call: u32, ring },
    reply: 'ring.handed',
    size: ({ ring }) => ring.length,
  }),
  'ring.leave': request({
    tag: 53,
    what: 'An operator asks the receiver, through the sender, to leave for good.',
    fields: { call: u32 },
    reply: 'ring.leaving',
  }),
  'ring.leaving': message({
    tag: 54,
    what: 'It begins to hand over what it owns; or `refusal` says why it cannot.',
    fields: { call: u32, refusal: text(MAX_REASON_BYTES) },
  }),
  'ring.handed': message({
    tag: 32,
    what: '`epoch` is in force, and on disk, at the sender.',
    fields: { call: u32, epoch: u32 },
  }),
};
