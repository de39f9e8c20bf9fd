/** Messages between clients and nodes, of each type at least one: for their golden bytes. */
import type { ClientAnswer } from '../../../src/core/wire/client/answers.js';
import type { ClientRequest } from '../../../src/core/wire/client/requests.js';

const node = '00000000000000a1';
const version = { epoch: 2, time: 0x1234, node };
const head = {
  ...{ call: 0x01020304, sentAt: 0x05060708, timeoutMs: 500 },
  level: 'quorum',
  checksum: 0xdeadbeef,
} as const;
const key = Buffer.from('ké');

export const REQUEST_SAMPLES: readonly ClientRequest[] = [
  { type: 'client.hello', least: 1, most: 3, program: 'tést' },
  { type: 'client.get', ...head, key },
  { type: 'client.get', ...head, level: 3, key },
  {
    type: 'client.put',
    ...head,
    condition: undefined,
    operation: { id: 'an id', isRetry: true },
    ttl: 60,
    contentType: 'text/plain',
    key,
    value: Buffer.from('value'),
  },
  {
    type: 'client.put',
    ...head,
    condition: { kind: 'matches', versions: [version] },
    operation: { id: 'an id', isRetry: false },
    ttl: 0,
    contentType: '',
    key,
    value: Buffer.alloc(0),
  },
  { type: 'client.delete', ...head, condition: { kind: 'present' }, operation: undefined, key },
  { type: 'client.delete', ...head, condition: { kind: 'absent' }, operation: undefined, key },
];

const call = 7;

export const ANSWER_SAMPLES: readonly ClientAnswer[] = [
  {
    type: 'client.welcome',
    ...{ version: 1, node, cluster: 'c'.repeat(32), time: 0x01020304 },
    ...{ operations: 256, bytes: 4096, maxValueBytes: 1024 },
  },
  {
    type: 'client.ring',
    epoch: 9,
    members: [
      { id: node, address: 'a:1' },
      { id: '00000000000000b2', address: '[::1]:2' },
    ],
    owners: [
      [0, 1],
      [1, 0],
    ],
  },
  {
    type: 'client.value',
    ...{ call, version, reached: 'linearizable', checksum: 5, ttl: 60 },
    contentType: 'text/plain',
    value: Buffer.from('value'),
  },
  { type: 'client.absent', call, reached: '2' },
  { type: 'client.written', call, version, reached: 'hint' },
  {
    type: 'client.failed',
    ...{ call, code: 'quorum_unavailable', status: 503, detail: 'why', applied: 'no' },
    ...{ needed: 2, got: 1, current: '', retryAfterMs: 1000 },
  },
  {
    type: 'client.failed',
    ...{ call, code: 'precondition_failed', status: 412, detail: 'why', applied: 'unknown' },
    ...{ needed: undefined, got: undefined, current: '"2.1234.00000000000000a1"', retryAfterMs: 0 },
  },
  { type: 'client.time', time: 0xfffffffe },
  { type: 'client.goodbye', reason: 'bye' },
];
