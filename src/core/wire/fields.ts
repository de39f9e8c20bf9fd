/** The fields that several messages have. */
import {
  bytes,
  counted,
  type Field,
  list,
  named,
  nodeId,
  oneOf,
  only,
  struct,
  text,
  type ValueOf,
} from '../codec.js';
import {
  type EncodedRecord,
  hasRecordLengths,
  isHead,
  MAX_CONTENT_TYPE_BYTES,
  MAX_HEADER_BYTES,
  MAX_KEY_BYTES,
} from '../data/record.js';
import {
  ACCUSERS_LIMIT,
  MAX_RING_BYTES,
  RECORDS_LIMIT,
  RUMOURS_LIMIT,
  VALUE_BYTES_LIMIT,
} from './limits.js';

export const key = named(
  'key',
  only('a key', ({ length }) => length > 0, bytes(MAX_KEY_BYTES)),
);

export const MAX_RECORD_BYTES =
  MAX_HEADER_BYTES + MAX_CONTENT_TYPE_BYTES + MAX_KEY_BYTES + VALUE_BYTES_LIMIT;

/** Its checksum is checked by whoever stores or decodes it. */
export const record: Field<EncodedRecord> = named(
  'record',
  only('a record', hasRecordLengths, bytes(MAX_RECORD_BYTES)),
);
export const records = list(record, RECORDS_LIMIT);

/** What is held under a key: a record, the head of one, or nothing that can be read. */
export const held = named(
  'record, head or nothing',
  only(
    'a record or a head',
    (bytes) => bytes.length === 0 || isHead(bytes),
    bytes(MAX_RECORD_BYTES),
  ),
);

/** As JSON: see `core/ring/ring-json.ts`. */
export const ring = named('ring', text(MAX_RING_BYTES));

/** Of a decision about the next ring. */
export const ballot = named('ballot', struct({ round: counted, node: nodeId }));

/** What a replica says of a request. The words are the protocol: append, never reorder. */
export const OUTCOMES = {
  ok: 'It was done.',
  superseded: 'A newer version is held, or a higher ballot was promised to another round.',
  fenced: 'The replica’s ring epoch is higher than the request’s.',
  expired: 'The deadline had passed; nothing was done.',
  readOnly: 'The disk is full; nothing was stored.',
  busy: 'Too much is queued, or the disk may be an old copy; nothing was done.',
  corrupt: 'The row or the request fails its checksum, or names what there is not.',
  clockAhead: 'The version lies further ahead than a right clock can have stamped it.',
  promised: 'A higher ballot is promised for the key.',
} as const;
export type Outcome = keyof typeof OUTCOMES;
const words = Object.keys(OUTCOMES) as Outcome[];
export const outcome: Field<Outcome> = named('outcome', oneOf(...words));

/** What somebody says of a member, or a member of itself. */
export const CLAIM = {
  id: nodeId,
  /** Of the 300 characters that a member's may have each takes up to 3 bytes. */
  address: text(900),
  /** Empty if the speaker has never heard from the member itself. */
  bootId: text(64),
  incarnation: counted,
  status: oneOf('alive', 'suspect', 'dead', 'left'),
  accusers: list(nodeId, ACCUSERS_LIMIT),
};
export const claim = named('claim', struct(CLAIM));
export type Claim = ValueOf<typeof claim>;
export const rumours = list(claim, RUMOURS_LIMIT);
