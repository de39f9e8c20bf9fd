/** One message or more of every type, with each field set to something of its own. */
import { headOf } from '../../../src/core/data/record.js';
import type { MessageOf, MessageType } from '../../../src/core/wire/messages.js';
import { record } from './records.js';

const NODES = ['0123456789abcdef', 'fedcba9876543210', '00000000000000a1'] as const;
const [NODE, OTHER, THIRD] = NODES;
const head = { call: 0x01020304, epoch: 0x05060708 };
const timed = { ...head, timeoutMs: 0x090a };
const version = { epoch: 3, time: 0x1f_ffff_ffff_fffe, node: NODE };
const bytes = record('kéy');
const key = Buffer.from('kéy');
const ballot = { round: 7, node: OTHER };
const ring = '{"ring":"é"}';
const claim = {
  id: NODE,
  address: 'db-1.example:8080',
  bootId: 'b'.repeat(16),
  incarnation: 9,
  status: 'alive',
  accusers: [],
} as const;
const suspect = { ...claim, id: OTHER, bootId: '', status: 'suspect', accusers: [NODE, THIRD] };
const dead = { ...claim, status: 'dead' };
const left = { ...claim, status: 'left' };
const claims = [claim, suspect, dead, left] as MessageOf<'swim.sync'>['roster'];
const answered = { ...head, version: undefined };

export const SAMPLES: { [T in MessageType]: readonly Omit<MessageOf<T>, 'type'>[] } = {
  'replica.write': [{ ...timed, record: bytes }],
  'replica.written': [
    { ...answered, outcome: 'ok' },
    { ...answered, outcome: 'superseded', version },
    { ...answered, outcome: 'fenced' },
    { ...answered, outcome: 'expired' },
    { ...answered, outcome: 'readOnly' },
    { ...answered, outcome: 'busy' },
    { ...answered, outcome: 'corrupt' },
    { ...answered, outcome: 'clockAhead' },
    { ...answered, outcome: 'promised', version },
  ],
  'replica.read': [
    { ...timed, withValue: true, key },
    { ...timed, withValue: false, key },
  ],
  'replica.found': [
    { ...head, outcome: 'ok', version, record: bytes },
    { ...head, outcome: 'ok', version: undefined, record: undefined },
  ],
  'replica.prepare': [{ ...timed, ballot: version, key }],
  'replica.promised': [
    { ...head, outcome: 'ok', version, record: bytes },
    { ...head, outcome: 'superseded', version, record: undefined },
  ],
  'replica.scan': [
    {
      ...{ ...timed, partitions: Buffer.from([0xff, 1]), from: key, to: Buffer.from('l') },
      ...{ reverse: true, limit: 0x0b0c, bytes: 0x0d0e0f10, withValues: true },
    },
    {
      ...{ ...timed, partitions: Buffer.from([1]), from: Buffer.alloc(0), to: undefined },
      ...{ reverse: false, limit: 1, bytes: 1, withValues: false },
    },
  ],
  'replica.scanned': [
    {
      ...{ ...head, outcome: 'ok', next: key },
      rows: [
        { key, held: bytes },
        { key, held: headOf(bytes) },
        { key, held: Buffer.alloc(0) },
      ],
    },
    { ...head, outcome: 'ok', rows: [], next: undefined },
  ],
  'ring.prepare': [{ ...head, ballot }],
  'ring.promised': [
    { call: 1, ok: true, promised: ballot, accepted: { ballot, ring } },
    { call: 1, ok: false, promised: ballot, accepted: undefined },
  ],
  'ring.accept': [{ ...head, ballot, ring }],
  'ring.accepted': [{ call: 1, ok: true, promised: ballot }],
  'ring.decided': [{ ring }],
  'ring.fetch': [{ epoch: 4 }],
  'ring.join': [{ call: 1, member: '{"member":"é"}' }],
  'ring.joining': [
    { call: 1, refusal: 'no', waitsFor: '', ring: undefined },
    { call: 1, refusal: '', waitsFor: 'a member', ring },
  ],
  'ring.pulled': [{ epoch: 4 }],
  'ring.pulling': [{ epoch: 4, done: 1, total: 2, bytes: 2 ** 40 }],
  'partition.list': [
    {
      ...{ ...head, partition: 0x0b0c, leaves: Buffer.from([1, 2]), after: key, limit: 0x0d0e },
      ...{ upTo: Buffer.from('l'), salt: 0xf1f2f3f4, held: Buffer.from([1, 2, 3, 4]) },
    },
    {
      ...{ ...head, partition: 0, leaves: undefined, after: undefined, limit: 1 },
      ...{ upTo: undefined, salt: 0, held: Buffer.alloc(0) },
    },
  ],
  'partition.listed': [
    { ...head, outcome: 'ok', entries: [{ key, version }], next: key },
    { ...head, outcome: 'ok', entries: [], next: undefined },
  ],
  'partition.fetch': [{ ...head, keys: [key, Buffer.from('l')] }],
  'partition.fetched': [{ ...head, outcome: 'ok', records: [bytes, bytes] }],
  'partition.tree': [{ ...head, partition: 0x0b0c }],
  'partition.roots': [
    { ...head, partitions: [0x0b0c, 1], roots: Buffer.from([1, 2, 3, 4]), salt: 0xf1f2f3f4 },
  ],
  'partition.sums': [
    { ...head, outcome: 'ok', differing: [0x0b0c], sums: Buffer.from([1, 2, 3, 4]) },
  ],
  'partition.compare': [
    {
      ...head,
      partition: 0x0b0c,
      root: Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]),
      groups: 0x0d0e,
      salt: 0xf1f2f3f4,
    },
  ],
  'partition.leaves': [{ ...head, outcome: 'ok', leaves: Buffer.from([1, 2, 3]), reaped: version }],
  'partition.confirm': [{ ...head, partition: 0x0b0c, entries: [{ key, version }] }],
  'partition.confirmed': [{ ...head, outcome: 'ok', missing: [1, 0x0203] }],
  'partition.reap': [{ ...head, partition: 0x0b0c, upTo: version, entries: [{ key, version }] }],
  'partition.reaped': [{ ...head, outcome: 'ok', rows: 7 }],
  'node.sizes': [{ call: 1 }],
  'node.sized': [{ call: 1, sizes: [{ partition: 1, rows: 2, bytes: 2 ** 40 }] }],
  'hints.deliver': [{ ...head, records: [bytes] }],
  'hints.taken': [{ ...head, outcome: 'ok', pauseMs: 0x0f101112 }],
  'ring.hand': [{ call: 1, ring }],
  'ring.handed': [{ call: 1, epoch: 4 }],
  'ring.leave': [{ call: 1 }],
  'ring.leaving': [{ call: 1, refusal: 'this node is the last member' }],
  goodbye: [
    { reason: 'restarting', level: 5 },
    { reason: 'leaving', level: 0 },
  ],
  'swim.ping': [{ probe: 6, target: OTHER, sender: claim, rumours: claims } as never],
  'swim.ack': [{ probe: 6, sender: claim, wallMs: 2 ** 41, rumours: claims } as never],
  'swim.pingRequest': [{ probe: 6, target: OTHER, rumours: claims }],
  'swim.nack': [{ probe: 6, rumours: [] }],
  'swim.sync': [{ roster: claims }],
  'swim.synced': [{ roster: claims }],
  'events.fetch': [
    { call: 1, since: 2 ** 50, waitMs: 5000 },
    { call: 1, since: undefined, waitMs: 0 },
  ],
  'events.record': [{ call: 1, minutes: 15 }],
  'events.batch': [{ call: 1, frames: '{"type":"é"}' }],
  'backup.restore': [{ ...head, records: [bytes] }],
  'backup.restored': [{ ...head, outcome: 'ok' }],
};
