/** The fields that messages between a client and a node have, beside those of peers. */
import {
  bytes,
  type Field,
  list,
  MalformedFrame,
  named,
  nodeId,
  only,
  struct,
  text,
  u16,
  version,
} from '../../codec.js';
import type { Condition, Level } from '../../requests.js';
import { MAX_MEMBERS, MAX_REPLICAS } from '../../ring/ring.js';
import { VALUE_BYTES_LIMIT } from '../limits.js';

/** Append, never reorder: the place of a word is the protocol. */
const LEVELS = ['one', 'quorum', 'all', 'linearizable', 'any', 'hint'] as const;
/** Numbers of owners stand below it, for themselves. */
const FIRST_WORD = 32;

function levelByte(level: string | number): number {
  const word = LEVELS.indexOf(level as (typeof LEVELS)[number]);
  if (word >= 0) return FIRST_WORD + word;
  const owners = Number(level);
  if (Number.isInteger(owners) && owners >= 1 && owners <= MAX_REPLICAS) return owners;
  throw new RangeError('not a level');
}

function levelIn(byte: number): (typeof LEVELS)[number] | number {
  if (byte >= 1 && byte <= MAX_REPLICAS) return byte;
  const word = LEVELS[byte - FIRST_WORD];
  if (word === undefined) throw new MalformedFrame('not a level');
  return word;
}

/** How many owners must answer. */
export const level: Field<Level> = {
  form: 'level',
  put: (w, v) => w.u8(levelByte(v)),
  take(r) {
    const taken = levelIn(r.u8());
    if (taken === 'hint') throw new MalformedFrame('not a level');
    return taken;
  },
};

/** What was reached: `hint` if no owner has it yet. */
export const reached: Field<string> = {
  form: 'level, or hint',
  put: (w, v) => w.u8(levelByte(v)),
  take: (r) => String(levelIn(r.u8())),
};

/** A letter that one byte cannot stand for. */
const NO_BYTE = /[\u0100-\uffff]/;

/** A short text of bytes as they stand in a header, 255 at most. */
const label: Field<string> = {
  form: 'label',
  put(w, v) {
    if (v.length > 255) throw new RangeError(`${v.length} letters where 255 may stand`);
    if (NO_BYTE.test(v)) throw new RangeError('a letter that is no byte');
    w.u8(v.length);
    w.latin1(v);
  },
  take: (r) => r.latin1(r.u8()),
};

export const contentType = named('label', label);

export const value = named('value', bytes(VALUE_BYTES_LIMIT));

const CONDITIONS = ['always', 'absent', 'present', 'matches'] as const;
const versions = list(version, 100);

/** What must hold of a key for a write to be made. */
export const condition: Field<Condition | undefined> = {
  form: 'condition',
  put(w, v) {
    w.u8(CONDITIONS.indexOf(v?.kind ?? 'always'));
    if (v?.kind === 'matches') versions.put(w, [...v.versions]);
  },
  take(r) {
    const kind = CONDITIONS[r.u8()];
    if (kind === undefined) throw new MalformedFrame('not a condition');
    if (kind === 'matches') return { kind, versions: versions.take(r) };
    return kind === 'always' ? undefined : { kind };
  },
};

/** By which a write is known again when it is sent again. */
export interface Naming {
  /** As in `Idempotency-Key`. */
  readonly id: string;
  /** It may have been sent before. */
  readonly isRetry: boolean;
}

export const naming: Field<Naming | undefined> = {
  form: 'name',
  put(w, v) {
    w.u8(v === undefined ? 0 : v.isRetry ? 2 : 1);
    if (v) label.put(w, v.id);
  },
  take(r) {
    const kind = r.u8();
    if (kind > 2) throw new MalformedFrame('not a name');
    return kind === 0 ? undefined : { id: label.take(r), isRetry: kind === 2 };
  },
};

/** A member, and where it is reached: `host:port`. Of its 300 letters each may take 3 bytes. */
export const members = list(struct({ id: nodeId, address: text(900) }), MAX_MEMBERS);

/** Of each partition its owners, by their places among the members. */
export const owners = only(
  'a power of two of partitions',
  (of: number[][]) => of.length > 0 && (of.length & (of.length - 1)) === 0,
  list(list(u16, MAX_REPLICAS), 65536),
);
