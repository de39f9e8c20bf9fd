/**
 * The forms that answers of the store's thread take: how the thread puts what it has to say, and
 * what this side makes of it.
 *
 * What comes a thousand times, such as a record or a version, is a payload as it stands, and is
 * sliced only where there is one; the codec's fields describe the rest.
 */
import type { Judgement, PrepareJudgement, Reaped } from '../core/acceptor.js';
import { type Field, version } from '../core/codec.js';
import type { EncodedRecord } from '../core/data/record.js';
import { recordVersion } from '../core/data/record.js';
import { versionBytes } from '../core/data/version-bytes.js';
import type { PromiseOutcome, ReadOutcome, VersionOutcome, WriteOutcome } from '../ports.js';
import { type BatchWriter, type Item, pack, unpack } from './batch.js';

/** The tags of answers. */
export const ANSWER = {
  applied: 20,
  superseded: 21,
  /** The disk is full, and nothing was done. Not for `take`: see `Operation.whenFull`. */
  readOnly: 22,
  corrupt: 23,
  found: 24,
  absent: 25,
  promised: 26,
  reaped: 27,
  version: 28,
  held: 29,
} as const;

/** `Said` is the thread's word, `Answered` what it becomes on this side. */
export interface Answer<Said, Answered = Said> {
  /** What it is, for a person. */
  readonly form: string;
  put(to: BatchWriter, said: Said): void;
  take(item: Item): Answered;
}

const APPLIED = { kind: 'applied' } as const;
const HELD = { kind: 'applied', again: true } as const;
const ABSENT = { kind: 'absent' } as const;
const CORRUPT = { kind: 'corrupt' } as const;

/** Whether it was done. */
export const DONE: Answer<boolean> = {
  form: 'done or not',
  put: (to, isDone) => to.add(isDone ? ANSWER.applied : ANSWER.absent),
  take: ({ tag }) => tag === ANSWER.applied,
};

/** Whether there is room on the disk. */
export const ROOM: Answer<boolean> = {
  form: 'room or none',
  put: (to, hasRoom) => to.add(hasRoom ? ANSWER.applied : ANSWER.readOnly),
  take: ({ tag }) => tag === ANSWER.applied,
};

export function found<T>(field: Field<T>): Answer<T> {
  return {
    form: field.form,
    put: (to, said) => to.add(ANSWER.found, pack(field, said)),
    take: ({ payload }) => unpack(field, payload),
  };
}

export type WriteJudgement =
  | Exclude<Judgement<Buffer>, { kind: 'restore' }>
  | Reaped<Buffer>
  | { readonly kind: 'corrupt' };

const IN_THE_WAY: { readonly [tag: number]: 'superseded' | 'promised' | 'reaped' } = {
  [ANSWER.superseded]: 'superseded',
  [ANSWER.promised]: 'promised',
  [ANSWER.reaped]: 'reaped',
};

export const WRITTEN: Answer<WriteJudgement, WriteOutcome> = {
  form: 'applied, held, corrupt, or superseded, promised or reaped with the version in the way',
  put(to, said) {
    if ('version' in said) to.add(ANSWER[said.kind], said.version);
    else to.add(ANSWER[said.kind === 'accept' ? 'applied' : said.kind]);
  },
  take(item) {
    if (item.tag === ANSWER.applied) return APPLIED;
    if (item.tag === ANSWER.held) return HELD;
    if (item.tag === ANSWER.corrupt) return CORRUPT;
    return { kind: IN_THE_WAY[item.tag]!, version: unpack(version, item.payload) };
  },
};

export type Read = EncodedRecord | 'absent' | 'corrupt';

export const RECORD: Answer<Read, ReadOutcome> = {
  form: 'record, absent or corrupt',
  put(to, said) {
    if (said === 'absent') to.add(ANSWER.absent);
    else if (said === 'corrupt') to.add(ANSWER.corrupt);
    else to.add(ANSWER.found, said);
  },
  take(item) {
    if (item.tag === ANSWER.absent) return ABSENT;
    if (item.tag === ANSWER.corrupt) return CORRUPT;
    return { kind: 'found', record: item.payload };
  },
};

/** Not larger than this, a record costs little more than its version to hand over. */
const SMALL_BYTES = 4096;

export const VERSION: Answer<Read, VersionOutcome> = {
  form: 'version, with the record if it is small, absent or corrupt',
  put(to, said) {
    if (said === 'absent') to.add(ANSWER.absent);
    else if (said === 'corrupt') to.add(ANSWER.corrupt);
    else if (said.length <= SMALL_BYTES) to.add(ANSWER.found, said);
    else to.add(ANSWER.version, versionBytes(said));
  },
  take(item) {
    if (item.tag === ANSWER.absent) return ABSENT;
    if (item.tag === ANSWER.corrupt) return CORRUPT;
    const { payload } = item;
    if (item.tag === ANSWER.version) return { kind: 'found', version: unpack(version, payload) };
    return { kind: 'found', version: recordVersion(payload), record: payload };
  },
};

/** With what is held, which may be nothing. */
export type Promised = { readonly kind: 'promise'; readonly record: EncodedRecord | undefined };
export type PrepareAnswer = Promised | Exclude<PrepareJudgement<Buffer>, { kind: 'promise' }>;

export const PROMISED: Answer<PrepareAnswer, PromiseOutcome> = {
  form: 'promised with what is held, corrupt, or superseded with the version in the way',
  put(to, said) {
    if (said.kind === 'corrupt') to.add(ANSWER.corrupt);
    else if (said.kind === 'refused') to.add(ANSWER.superseded, said.version);
    else if (said.record) to.add(ANSWER.found, said.record);
    else to.add(ANSWER.absent);
  },
  take(item) {
    if (item.tag === ANSWER.absent) return { kind: 'promised', record: undefined };
    if (item.tag === ANSWER.found) return { kind: 'promised', record: item.payload };
    if (item.tag === ANSWER.corrupt) return CORRUPT;
    return { kind: 'refused', version: unpack(version, item.payload) };
  },
};
