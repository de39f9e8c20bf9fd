/** `docs/protocol.md`, made from the tables of messages, store operations and facts. */
import type { Shape } from '../../src/core/codec.js';
import { BACKUP } from '../../src/core/wire/backup.js';
import { CLIENT_ANSWERS } from '../../src/core/wire/client/answers.js';
import { CLIENT_PROTOCOL_VERSION, CLIENT_REQUESTS } from '../../src/core/wire/client/requests.js';
import { EVENTS } from '../../src/core/wire/events.js';
import { ballot, CLAIM, OUTCOMES, record, ring } from '../../src/core/wire/fields.js';
import { HINTS } from '../../src/core/wire/hints.js';
import { FRAME_BYTES_LIMIT, VALUE_BYTES_LIMIT } from '../../src/core/wire/limits.js';
import { MEMBERSHIP } from '../../src/core/wire/membership.js';
import { type MessageType, PROTOCOL_VERSION, rowOf } from '../../src/core/wire/messages.js';
import { PARTITION } from '../../src/core/wire/partition.js';
import { REPLICA } from '../../src/core/wire/replica.js';
import { RING } from '../../src/core/wire/ring.js';
import { OPERATIONS, type OperationName } from '../../src/store/operations.js';
import { table } from './markdown.js';

export const PROTOCOL_FILE = 'docs/protocol.md';

const TOPICS: readonly [string, { readonly [type: string]: { readonly fields: Shape } }][] = [
  ['Replica requests', REPLICA],
  ['The chain of rings', RING],
  ['Partitions', PARTITION],
  ['Hints', HINTS],
  ['Backups', BACKUP],
  ['Membership', MEMBERSHIP],
  ['Events', EVENTS],
];

/** What stands in the tables below, and is not said there. */
const FORMS: { readonly [form: string]: string } = {
  'u8, u16, u32': 'unsigned integers, the high byte first',
  uint53: 'an integer of up to 53 bits, written as a double',
  flag: 'one byte, 0 or 1',
  'node id': '16 hexadecimal digits',
  version: 'epoch u32, time uint53, node id',
  'bytes, text': 'length u32, then as many bytes; texts are UTF-8',
  'one of …': 'its place in the list, u8',
  '… , or nothing': 'one byte, 0 or 1; behind a 1 the value',
  'list of …': 'how many, u32, then the items',
  '{ … }': 'the fields, one behind the other',
  key: 'length u32, then 1 to 1,024 bytes',
  [record.form]: `length u32, then as in \`core/data/record.ts\`; values ≤ ${VALUE_BYTES_LIMIT}`,
  [ring.form]: 'text, JSON: `core/ring/ring-json.ts`',
  [ballot.form]: '{ round: u32; node: node id }',
  claim: `{ ${fieldsOf(CLAIM, '; ')} }`,
  outcome: 'one of the list below',
  level: 'u8: a number of owners; or 32 and the place in one, quorum, all, linearizable, any, hint',
  label: 'length u8, then as many letters of one byte',
  condition: 'u8: 0 none, 1 absent, 2 present, 3 and a list of versions: one of these',
  name: 'u8: 0 none, 1 a first try, 2 perhaps a later one; behind 1 and 2 the id, a label',
  value: `length u32, then as many bytes, ≤ ${VALUE_BYTES_LIMIT}`,
};

function fieldsOf(shape: Shape, between: string): string {
  return Object.entries(shape)
    .map(([name, { form }]) => `${name}: ${form}`)
    .join(between);
}

function messageRow(type: MessageType, fields: Shape): string[] {
  const { tag, what, channel = 'control', priority = 'request', reply, refused } = rowOf(type);
  const answer = reply === undefined ? '' : `\`${reply}\``;
  const refusal = refused ? Object.keys(refused).map((name) => `\`${name}\``) : [];
  return [
    String(tag),
    `\`${type}\``,
    what,
    fieldsOf(fields, '<br>'),
    answer,
    `${channel}, ${priority}`,
    refusal.join(', '),
  ];
}

function messages(): string {
  const head = ['tag', 'message', 'what', 'fields', 'reply', 'travels as', 'empty if refused'];
  return TOPICS.map(([title, rows]) => {
    const lines = Object.entries(rows).map(([type, { fields }]) =>
      messageRow(type as MessageType, fields),
    );
    return `### ${title}\n\n${table(head, lines)}`;
  }).join('\n\n');
}

function programs(): string {
  const head = ['tag', 'message', 'what', 'fields'];
  const topics = { 'From the client': CLIENT_REQUESTS, 'From the node': CLIENT_ANSWERS };
  return Object.entries(topics)
    .map(([title, rows]) => {
      const lines = Object.entries(rows).map(([type, { tag, what, fields }]) => {
        return [String(tag), `\`${type}\``, what, fieldsOf(fields, '<br>')];
      });
      return `### ${title}\n\n${table(head, lines)}`;
    })
    .join('\n\n');
}

function operations(): string {
  const head = ['tag', 'operation', 'what', 'question', 'answer', 'writes', 'if the disk is full'];
  const rows = (Object.keys(OPERATIONS) as OperationName[]).map((name) => {
    const operation = OPERATIONS[name];
    const whose = operation.isOfClients ? 'for clients' : 'for itself';
    return [
      String(operation.tag),
      `\`${name}\``,
      operation.what,
      operation.question.form,
      operation.answer.form,
      operation.writes ? whose : '',
      'whenFull' in operation ? `\`${JSON.stringify(operation.whenFull ?? null)}\`` : '',
    ];
  });
  return table(head, rows);
}

export function protocolPage(): string {
  return `# Protocol

Made from the tables in \`src/core/wire\` and \`src/store/operations.ts\` by \`npm run docs\`; a
test fails if this page drifts from them. What a node tells of itself is in [events.md](events.md).

## Frames

Version ${PROTOCOL_VERSION}. Peers send each other binary WebSocket frames of at most
${FRAME_BYTES_LIMIT} bytes, each of one or more messages, one behind the other: the tag, u8, and the
fields in their order. Tags and the places in lists are only ever added to. A frame that cannot be
read ends its connection.

A request carries \`call\`, a number of the caller's own, and its reply the same. Replica requests
name the sender's ring \`epoch\`; a replica that refuses answers with the reply of the request, with
an outcome and its own epoch, and nothing in the fields that are named below as empty.

Small messages take the control socket; those of channel \`bulk\`, and all that are larger than
64 KiB, the other one. Where a peer does not keep up, \`gossip\` is dropped first, then \`repair\`,
then a \`request\` fails.

${table(
  ['form', 'what it is'],
  Object.entries(FORMS).map(([form, what]) => [form, what]),
)}

## Outcomes

${table(
  ['outcome', 'what the replica says'],
  Object.entries(OUTCOMES).map(([word, what]) => [`\`${word}\``, what]),
)}

## Messages

${messages()}

## Programs

Version ${CLIENT_PROTOCOL_VERSION} of the protocol between clients and the door \`/client\` of
nodes: in the same form, with tables of its own. How a conversation goes is in
[client.md](client.md#the-protocol).

${programs()}

## Store operations

What a node asks of the thread that has its database. All of one batch that write are one
transaction, answered when that is synced. What is written for clients leaves the last of the disk
alone.

${operations()}
`;
}
