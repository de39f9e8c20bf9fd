/** What coordinators ask of the owners of a key: a quorum of these is a client's write or read. */
import { bytes, flag, list, maybe, struct, u16, u32, version } from '../codec.js';
import { MAX_KEY_BYTES } from '../data/record.js';
import { MAX_PARTITION_SET_BYTES } from '../ring/partition-set.js';
import { held, key, outcome, record } from './fields.js';
import { SCAN_ROWS_LIMIT } from './limits.js';
import { refusable, request, sum } from './row.js';

/**
 * `timeoutMs`: what is left of the client's deadline as the request leaves. What follows a promise
 * is a `replica.write` whose version is the ballot.
 */
const head = { call: u32, epoch: u32, timeoutMs: u16 };
/** The place directly behind the longest key is one byte longer. */
const place = bytes(MAX_KEY_BYTES + 1);
const row = struct({ key, held });
const said = { call: u32, outcome, epoch: u32, version: maybe(version) };

/** The lengths of a row's fields. */
const ROW_BYTES = 8;

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
  'replica.scan': request({
    tag: 7,
    what: 'Asks an owner what it holds in a range of keys, of some partitions, in key order.',
    fields: {
      ...head,
      partitions: bytes(MAX_PARTITION_SET_BYTES),
      from: place,
      to: maybe(place),
      reverse: flag,
      limit: u16,
      bytes: u32,
      withValues: flag,
    },
    reply: 'replica.scanned',
  }),
  'replica.scanned': refusable({
    tag: 8,
    what: 'The rows, with their records or the heads of them; `next` is the key to go on behind.',
    fields: {
      call: u32,
      outcome,
      epoch: u32,
      rows: list(row, SCAN_ROWS_LIMIT),
      next: maybe(key),
    },
    refused: { rows: [], next: undefined },
    size: ({ rows }) => sum(rows, ({ key, held }) => key.length + held.length + ROW_BYTES),
  }),
};
