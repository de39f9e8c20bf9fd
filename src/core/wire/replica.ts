/** What coordinators ask of the owners of a key: a quorum of these is a client's write or read. */
import { flag, maybe, u16, u32, version } from '../codec.js';
import { key, outcome, record } from './fields.js';
import { refusable, request } from './row.js';

/**
 * `timeoutMs`: what is left of the client's deadline as the request leaves. What follows a promise
 * is a `replica.write` whose version is the ballot.
 */
const head = { call: u32, epoch: u32, timeoutMs: u16 };
const said = { call: u32, outcome, epoch: u32, version: maybe(version) };

export const REPLICA = {
  'replica.write': request({
    tag: 1,
    what: 'Asks an owner to store a record, by the acceptor’s rule.',
    fields: { ...head, record },
    reply: 'replica.written',
    size: ({ record }) => record.length,
  }),
  'replica.written': refusable({
    tag: 2,
    what: 'Whether it is stored, and synced; `version` is what is in its way.',
    fields: said,
    refused: { version: undefined },
  }),
  'replica.read': request({
    tag: 3,
    what: 'Asks an owner what it holds of a key: the record, or its version alone.',
    fields: { ...head, withValue: flag, key },
    reply: 'replica.found',
  }),
  'replica.found': refusable({
    tag: 4,
    what: 'What the owner holds; neither version nor record if it is nothing.',
    fields: { ...said, record: maybe(record) },
    refused: { version: undefined, record: undefined },
    size: ({ record }) => record?.length ?? 0,
  }),
  'replica.prepare': request({
    tag: 5,
    what: 'Asks an owner to promise to take nothing below the ballot (CASPaxos).',
    fields: { ...head, ballot: version, key },
    reply: 'replica.promised',
  }),
  'replica.promised': refusable({
    tag: 6,
    what: 'The promise, with what was accepted before it; or the version in its way.',
    fields: { ...said, record: maybe(record) },
    refused: { version: undefined, record: undefined },
    size: ({ record }) => record?.length ?? 0,
  }),
};
