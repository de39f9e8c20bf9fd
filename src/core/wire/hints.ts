/** Hinted handoff: what a node has kept for an owner that had missed it. */
import { u32 } from '../codec.js';
import { outcome, records } from './fields.js';
import { refusable, request, sum } from './row.js';

export const HINTS = {
  'hints.deliver': request({
    tag: 28,
    what: 'Brings records that the peer has missed, if it is an owner of theirs.',
    fields: { call: u32, epoch: u32, records },
    reply: 'hints.taken',
    channel: 'bulk',
    priority: 'repair',
    size: ({ records }) => sum(records, (record) => record.length),
  }),
  'hints.taken': refusable({
    tag: 29,
    what: 'They are stored; for `pauseMs` the sender keeps its next ones back.',
    fields: { call: u32, outcome, epoch: u32, pauseMs: u32 },
    refused: { pauseMs: 0 },
    channel: 'bulk',
    priority: 'repair',
  }),
};
