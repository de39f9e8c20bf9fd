/** What a replica that refuses answers: what the request waits for, and nothing in it. */

import * as assert from 'uvu/assert';
import { Reader, Writer } from '../../../src/core/codec.js';
import { NO_VERSION } from '../../../src/core/data/version.js';
import {
  MESSAGES,
  type MessageType,
  type Refusable,
  readMessage,
  rowOf,
  writeMessage,
} from '../../../src/core/wire/messages.js';
import { refusalOf } from '../../../src/core/wire/refusal.js';
import { SAMPLES } from '../../support/data/message-samples.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('refusals on the wire');

/** [request, reply, what stands in it beside call, outcome and epoch] */
const ROWS: readonly [Refusable['type'], MessageType, object][] = [
  ['replica.write', 'replica.written', { version: undefined }],
  ['replica.read', 'replica.found', { version: undefined, record: undefined }],
  ['replica.prepare', 'replica.promised', { version: undefined, record: undefined }],
  ['replica.scan', 'replica.scanned', { rows: [], next: undefined }],
  ['partition.list', 'partition.listed', { entries: [], next: undefined }],
  ['partition.fetch', 'partition.fetched', { records: [] }],
  ['partition.tree', 'partition.leaves', { leaves: Buffer.alloc(0), reaped: NO_VERSION }],
  ['partition.roots', 'partition.sums', { differing: [], sums: Buffer.alloc(0) }],
  ['partition.compare', 'partition.leaves', { leaves: Buffer.alloc(0), reaped: NO_VERSION }],
  ['partition.confirm', 'partition.confirmed', { missing: [] }],
  ['partition.reap', 'partition.reaped', { rows: 0 }],
  ['hints.deliver', 'hints.taken', { pauseMs: 0 }],
  ['backup.restore', 'backup.restored', {}],
];

for (const [type, reply, rest] of ROWS) {
  test(`${type} -> ${reply}, with the replica's epoch, and it can be sent`, () => {
    const request = { type, ...SAMPLES[type][0] } as Refusable;
    for (const outcome of ['fenced', 'expired', 'busy', 'corrupt', 'clockAhead'] as const) {
      const refusal = refusalOf(request, outcome, 77);
      assert.equal(refusal, { type: reply, call: request.call, outcome, epoch: 77, ...rest });
      const writer = new Writer();
      writeMessage(writer, refusal);
      assert.equal(readMessage(new Reader(writer.finish())), refusal);
    }
  });
}

test('these are all requests whose replies have an outcome', () => {
  const types = Object.keys(MESSAGES) as MessageType[];
  const refusable = types.filter((type) => {
    const { reply } = rowOf(type);
    return reply !== undefined && 'outcome' in MESSAGES[reply].fields;
  });
  assert.equal(refusable.sort(), ROWS.map(([type]) => type).sort());
  for (const type of types) {
    const hasOutcome = 'outcome' in MESSAGES[type].fields;
    assert.is(rowOf(type).refused !== undefined, hasOutcome, type);
  }
});

test('every message -> a sentence; every request -> a reply with its call', () => {
  for (const type of Object.keys(MESSAGES) as MessageType[]) {
    const { what, reply } = rowOf(type);
    assert.match(what, /^\S.*\.$/);
    if (reply === undefined) continue;
    assert.ok('call' in MESSAGES[type].fields && 'call' in MESSAGES[reply].fields, type);
  }
});

test.run();
