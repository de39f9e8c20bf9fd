/** What comes back from a backup. */
import { u32 } from '../codec.js';
import { outcome, records } from './fields.js';
import { refusable, request, sum } from './row.js';

export const BACKUP = {
  'backup.restore': request({
    tag: 70,
    what: 'Brings records of a backup, written in earlier epochs, to an owner of theirs.',
    fields: { call: u32, epoch: u32, records },
    reply: 'backup.restored',
    channel: 'bulk',
    priority: 'repair',
    size: ({ records }) => sum(records, (record) => record.length),
  }),
  'backup.restored': refusable({
    tag: 71,
    what: 'They are held, and synced, or what came after them is; or not all of them.',
    fields: { call: u32, outcome, epoch: u32 },
    refused: {},
    channel: 'bulk',
    priority: 'repair',
  }),
};
