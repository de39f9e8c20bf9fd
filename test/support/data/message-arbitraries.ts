/** Generators of every message, for property tests. */
import fc from 'fast-check';
import { MOST_COUNTED } from '../../../src/core/counted.js';
import { encodeRecord, headOf } from '../../../src/core/data/record.js';
import {
  MAX_LEAF_SET_BYTES,
  MAX_TREE_BYTES,
  ROOT_BYTES,
} from '../../../src/core/tree/hash-tree.js';
import type { Message, MessageOf, MessageType } from '../../../src/core/wire/messages.js';
import { buffers, nodeIds, records, rings, texts, u16s, u32s, versions } from './arbitraries.js';

type Outcome = MessageOf<'replica.written'>['outcome'];
const OUTCOMES: { [word in Outcome]: true } = {
  ok: true,
  superseded: true,
  fenced: true,
  expired: true,
  readOnly: true,
  busy: true,
  corrupt: true,
  clockAhead: true,
  promised: true,
};
const outcomes = fc.constantFrom(...(Object.keys(OUTCOMES) as Outcome[]));

const calls = u32s;
const epochs = u32s;
const flags = fc.boolean();
const keys = buffers(1024, 1);
const encoded = records.map(encodeRecord);
const counts = fc.integer({ min: 0, max: MOST_COUNTED });
const ballots = fc.record({ round: counts, node: nodeIds }, { noNullPrototype: true });
const ringTexts = rings.map((ring) => JSON.stringify(ring));

const bootIds = fc.constantFrom('', 'b'.repeat(32), 'é'.repeat(32));
const claims = fc.record(
  {
    id: nodeIds,
    address: texts,
    bootId: bootIds,
    incarnation: counts,
    status: fc.constantFrom('alive', 'suspect', 'dead', 'left'),
    accusers: fc.array(nodeIds, { maxLength: 8 }),
  },
  { noNullPrototype: true },
);
const rumours = fc.array(claims, { maxLength: 10 });

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined });
}

const entries = fc.array(fc.record({ key: keys, version: versions }, { noNullPrototype: true }));

/** The fields of every message: a new one does not compile until it has a row here. */
const FIELDS: {
  [T in MessageType]: {
    [F in Exclude<keyof MessageOf<T>, 'type'>]: fc.Arbitrary<MessageOf<T>[F]>;
  };
} = {
  'replica.write': { call: calls, epoch: epochs, timeoutMs: u16s, record: encoded },
  'replica.written': { call: calls, outcome: outcomes, epoch: epochs, version: maybe(versions) },
  'replica.read': { call: calls, epoch: epochs, timeoutMs: u16s, withValue: flags, key: keys },
  'replica.found': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    version: maybe(versions),
    record: maybe(encoded),
  },
  'replica.prepare': {
    call: calls,
    epoch: epochs,
    timeoutMs: u16s,
    ballot: versions,
    key: keys,
  },
  'replica.promised': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    version: maybe(versions),
    record: maybe(encoded),
  },
  'replica.scan': {
    call: calls,
    epoch: epochs,
    timeoutMs: u16s,
    partitions: buffers(100),
    from: buffers(1025),
    to: maybe(buffers(1025)),
    reverse: flags,
    limit: u16s,
    bytes: u32s,
    withValues: flags,
  },
  'replica.scanned': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    rows: fc.array(
      fc.record(
        { key: keys, held: fc.oneof(encoded, encoded.map(headOf), fc.constant(Buffer.alloc(0))) },
        { noNullPrototype: true },
      ),
    ),
    next: maybe(keys),
  },
  'ring.prepare': { call: calls, epoch: epochs, ballot: ballots },
  'ring.promised': {
    call: calls,
    ok: flags,
    promised: ballots,
    accepted: maybe(fc.record({ ballot: ballots, ring: ringTexts }, { noNullPrototype: true })),
  },
  'ring.accept': { call: calls, epoch: epochs, ballot: ballots, ring: ringTexts },
  'ring.accepted': { call: calls, ok: flags, promised: ballots },
  'ring.decided': { ring: ringTexts },
  'ring.fetch': { epoch: epochs },
  'ring.join': { call: calls, member: texts },
  'ring.joining': { call: calls, refusal: texts, waitsFor: texts, ring: maybe(ringTexts) },
  'ring.pulled': { epoch: epochs },
  'ring.pulling': { epoch: epochs, done: u32s, total: u32s, bytes: fc.maxSafeNat() },
  'partition.list': {
    call: calls,
    epoch: epochs,
    partition: u16s,
    leaves: maybe(buffers(MAX_LEAF_SET_BYTES)),
    after: maybe(keys),
    upTo: maybe(keys),
    limit: u16s,
    salt: u32s,
    held: buffers(64),
  },
  'partition.listed': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    entries,
    next: maybe(keys),
  },
  'partition.fetch': { call: calls, epoch: epochs, keys: fc.array(keys) },
  'partition.fetched': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    records: fc.array(encoded),
  },
  'partition.tree': { call: calls, epoch: epochs, partition: u16s },
  'partition.roots': {
    call: calls,
    epoch: epochs,
    partitions: fc.array(u16s),
    roots: buffers(ROOT_BYTES * 4),
    salt: u32s,
  },
  'partition.sums': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    differing: fc.array(u16s),
    sums: buffers(64),
  },
  'partition.compare': {
    call: calls,
    epoch: epochs,
    partition: u16s,
    root: buffers(ROOT_BYTES),
    groups: u16s,
    salt: u32s,
  },
  'partition.leaves': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    leaves: buffers(MAX_TREE_BYTES),
    reaped: versions,
  },
  'partition.confirm': { call: calls, epoch: epochs, partition: u16s, entries },
  'partition.confirmed': {
    call: calls,
    outcome: outcomes,
    epoch: epochs,
    missing: fc.array(u16s),
  },
  'partition.reap': { call: calls, epoch: epochs, partition: u16s, upTo: versions, entries },
  'partition.reaped': { call: calls, outcome: outcomes, epoch: epochs, rows: u32s },
  'node.sizes': { call: calls },
  'node.sized': {
    call: calls,
    sizes: fc.array(
      fc.record({ partition: u16s, rows: u32s, bytes: fc.maxSafeNat() }, { noNullPrototype: true }),
    ),
  },
  'hints.deliver': { call: calls, epoch: epochs, records: fc.array(encoded) },
  'hints.taken': { call: calls, outcome: outcomes, epoch: epochs, pauseMs: u32s },
  'backup.restore': { call: calls, epoch: epochs, records: fc.array(encoded) },
  'backup.restored': { call: calls, outcome: outcomes, epoch: epochs },
  'ring.hand': { call: calls, ring: ringTexts },
  'ring.handed': { call: calls, epoch: epochs },
  'ring.leave': { call: calls },
  'ring.leaving': { call: calls, refusal: fc.string({ maxLength: 100 }) },
  goodbye: { reason: fc.constantFrom('restarting', 'leaving'), level: fc.nat(255) },
  'swim.ping': {
    probe: u32s,
    target: nodeIds,
    sender: claims,
    rumours,
  },
  'swim.ack': {
    probe: u32s,
    sender: claims,
    wallMs: fc.maxSafeNat(),
    rumours,
  },
  'swim.pingRequest': { probe: u32s, target: nodeIds, rumours },
  'swim.nack': { probe: u32s, rumours },
  'swim.sync': { roster: rumours },
  'swim.synced': { roster: rumours },
  'events.fetch': {
    call: calls,
    since: maybe(fc.maxSafeNat()),
    waitMs: u16s,
  },
  'events.record': { call: calls, minutes: u16s },
  'events.batch': { call: calls, frames: fc.string({ unit: 'grapheme' }) },
};

export const MESSAGE_TYPES = Object.keys(FIELDS) as MessageType[];

export function messagesOf(type: MessageType): fc.Arbitrary<Message> {
  const fields: { [name: string]: fc.Arbitrary<unknown> } = FIELDS[type];
  return fc
    .record(fields, { noNullPrototype: true })
    .map((values) => ({ type, ...values }) as Message);
}

export const messages = fc.constantFrom(...MESSAGE_TYPES).chain(messagesOf);
