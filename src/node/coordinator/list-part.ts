/**
 * One part of a listing, under one ring: the owners of every partition are asked
 * (`actors/coordinator/scan.ts`), their pages are made one (`merge.ts` beside that), and the keys
 * on which they differ are read one by one, as if by themselves.
 *
 * Memory: of all owners together about `PART_BYTES`, or one record of each.
 */
import { mergePages } from '../../../actors/coordinator/merge.js';
import {
  type HeardPage,
  ScanOperation,
  type ScanStep,
  type Source,
} from '../../../actors/coordinator/scan.js';
import type { KeyRange } from '../../core/data/key-range.js';
import { decodeHead, decodeRecord, originOf } from '../../core/data/record.js';
import type { ScanPage } from '../../core/data/scan-page.js';
import { visible } from '../../core/data/visible.js';
import { eachLimit } from '../../core/each-limit.js';
import { NO_ROOM, OVERLOADED, RING_MOVED } from '../../core/failures.js';
import type { Failure, Found, ListedKey, ListRequest } from '../../core/requests.js';
import { partitionOf } from '../../core/ring/key-owners.js';
import { type OwnerSets, ownerSetsOf } from '../../core/ring/owner-sets.js';
import { partitionSet } from '../../core/ring/partition-set.js';
import type { ReplyTo } from '../rpc/calls.js';
import { isFenced, readFailure } from './answers.js';
import type { Attempt } from './attempt.js';
import { runRead } from './read.js';

const PART_BYTES = 4 << 20;
const LEAST_SOURCE_BYTES = 64 << 10;
const MOST_SOURCE_BYTES = 1 << 20;
/** Rows beyond an owner's share: keys are not spread evenly. */
const SPARE_ROWS = 16;
/** An owner is late that takes so much of the time that is left. */
const LATE_SHARE = 0.25;
/** Keys that are read one by one at a time. */
const READS_AT_ONCE = 32;

export interface Part {
  /** What holds a value. */
  readonly keys: readonly ListedKey[];
  /** Keys of which owners hold anything, if only that they were deleted. */
  readonly rows: number;
  /** As of `ScanPage`. */
  readonly next: Buffer | undefined;
}

export class ListPart {
  readonly #request: ListRequest;
  readonly #range: KeyRange;
  readonly #rows: number;
  readonly #attempt: Attempt;
  readonly #done: (outcome: Part | Failure) => void;
  readonly #operation: ScanOperation;
  #sets: OwnerSets = { sets: [], placeOf: [] };
  #epoch = 0;
  /** Of what has come: counted with the request, until it is not needed any more. */
  #bytes = 0;

  /** `rows`: about so many are asked for. */
  constructor(
    request: ListRequest,
    range: KeyRange,
    rows: number,
    attempt: Attempt,
    done: (outcome: Part | Failure) => void,
  ) {
    this.#request = request;
    this.#range = range;
    this.#rows = rows;
    this.#attempt = attempt;
    this.#done = done;
    this.#operation = new ScanOperation(request.withValues);
  }

  begin(): void {
    const { rings, selection } = this.#attempt.ports;
    const ring = rings.inForce;
    this.#epoch = ring.epoch;
    this.#sets = ownerSetsOf(ring);
    const asked = [];
    for (const { owners } of this.#sets.sets) {
      const groups = selection.groupsOf(ring, owners, this.#request.level, 'read');
      if (!Array.isArray(groups)) return this.#done(ofSomeKeys(groups));
      asked.push({ groups, preferred: selection.preferred(groups) });
    }
    this.#ask(this.#operation.begin(asked));
  }

  #ask(sources: readonly Source[]): void {
    const { round } = this.#operation;
    for (const source of sources) {
      // A request to ourselves may be refused at once, and all begin anew, with other sources.
      if (!this.#operation.awaits(round)) return;
      this.#scan(source, round, sources.length);
    }
  }

  #scan(source: Source, round: number, sources: number): void {
    const attempt = this.#attempt;
    const partitions = source.sets.flatMap((set) => this.#sets.sets[set]?.partitions ?? []);
    const all = this.#sets.placeOf.length;
    const share = partitions.length / all;
    const body = {
      ...{ ...this.#range, reverse: this.#request.reverse, withValues: source.withValues },
      ...{ epoch: this.#epoch, partitions: partitionSet(partitions, all) },
      limit: Math.min(this.#rows, Math.ceil(this.#rows * share) + SPARE_ROWS),
      bytes: Math.floor(bytesFor(sources)),
    };
    const late = () => {
      const more = this.#operation.late(source, round);
      if (more.length > 0) attempt.ports.counts.hedges++;
      this.#ask(more);
    };
    const heard = (reply: ReplyTo<'replica.scan'> | string) => {
      // Of whom enough have been heard without it, while keys are read: it needs no room.
      if (!this.#operation.awaits(round)) return;
      if (typeof reply !== 'string' && isFenced(reply)) {
        return this.#fenced(source, round, reply.epoch);
      }
      const page = this.#pageIn(reply);
      if (page) this.#follow(this.#operation.heard(source, round, page));
    };
    const lateMs = attempt.timeLeft * LATE_SHARE;
    attempt.ask(source.owner, 'replica.scan', body, heard, late, lateMs);
  }

  /** Undefined, and it is over, if there is no room for it. */
  #pageIn(
    reply: ReplyTo<'replica.scan'> | string,
  ): ScanPage | { readonly reason: string } | undefined {
    if (typeof reply === 'string') return { reason: reply };
    const { outcome, rows, next } = reply;
    if (outcome !== 'ok') return { reason: outcome };
    const bytes = rows.reduce((sum, { key, held }) => sum + key.length + held.length, 0);
    this.#bytes += bytes;
    if (!this.#attempt.hold(bytes)) {
      this.#follow(this.#operation.giveUp(NO_ROOM));
      return undefined;
    }
    // It would be asked for the same for ever.
    if (next && !isWithin(this.#range, next)) return { reason: 'corrupt' };
    return { rows, next };
  }

  #fenced({ owner }: Source, round: number, newer: number): void {
    if (!this.#operation.fenced(owner, round)) return;
    this.#attempt.afterRing(owner, newer, (isLate) => {
      if (isLate) this.#follow(this.#operation.giveUp(RING_MOVED));
      else this.begin();
    });
  }

  #follow(step: ScanStep): void {
    switch (step.next) {
      case 'wait':
        return;
      case 'ask':
        return this.#ask(step.sources);
      case 'heard':
        return this.#merge(step.pages);
      case 'failed':
        return this.#done(ofSomeKeys(readFailure(step)));
    }
  }

  #merge(pages: readonly HeardPage[]): void {
    const { ports } = this.#attempt;
    const { placeOf } = this.#sets;
    const { reverse, withValues } = this.#request;
    const { rows, next } = mergePages(pages, {
      ...{ reverse, withValues },
      setOf: (key) => placeOf[partitionOf(key, placeOf.length)] ?? 0,
      isBelieved: (version) => ports.judge(version) === 'believed',
    });
    const wallMs = ports.wallMs();
    const keys: (ListedKey | undefined)[] = [];
    const unsettled: { place: number; key: Buffer }[] = [];
    for (const [place, { key, held }] of rows.entries()) {
      if (held) keys[place] = this.#listed(key, held, wallMs);
      else unsettled.push({ place, key });
    }
    this.#settle(unsettled, keys, (failure) => {
      if (failure) return this.#done(failure);
      const there = rows.flatMap((_, place) => keys[place] ?? []);
      const kept = there.reduce((sum, { record }) => sum + (record?.value.length ?? 0), 0);
      this.#attempt.letGo(this.#bytes - kept);
      this.#done({ keys: there, rows: rows.length, next });
    });
  }

  /** Undefined if there is no value. A copy: a view would keep all that came with it. */
  #listed(key: Buffer, held: Buffer, wallMs: number): ListedKey | undefined {
    const head = decodeHead(held);
    if (visible(head, wallMs).absent) return undefined;
    const { expiresAt, valueBytes } = head;
    const also = this.#request.withValues && { record: decodeRecord(Buffer.from(held)) };
    return { key: Buffer.from(key), version: originOf(head), expiresAt, valueBytes, ...also };
  }

  /** Reads what the owners differ about; `keys` gets what is found. */
  #settle(
    unsettled: readonly { place: number; key: Buffer }[],
    keys: (ListedKey | undefined)[],
    done: (failure?: Failure) => void,
  ): void {
    const attempt = this.#attempt;
    if (unsettled.length === 0) return done();
    attempt.explanation?.note(`owners differ about ${unsettled.length} keys: each is read`);
    const { level } = this.#request;
    let failure: Failure | undefined;
    eachLimit(
      unsettled,
      READS_AT_ONCE,
      ({ place, key }, ended) => {
        const reading = attempt.within();
        runRead({ key, level, timeoutMs: reading.timeLeft }, reading, (found) => {
          // Many may be read, one behind the other: only what is listed stays counted.
          reading.release();
          if (!found.ok) failure ??= found;
          else if (this.#hasRoomFor(found)) keys[place] = this.#read(key, found);
          else failure ??= OVERLOADED;
          ended(!failure);
        });
      },
      () => done(failure),
    );
  }

  #hasRoomFor({ record }: Found): boolean {
    if (!this.#request.withValues || !record) return true;
    this.#bytes += record.value.length;
    return this.#attempt.hold(record.value.length);
  }

  #read(key: Buffer, found: Found): ListedKey | undefined {
    if (found.absent) return undefined;
    const { record } = found;
    const { value, expiresAt } = record;
    const also = this.#request.withValues && { record };
    return { key, version: originOf(record), expiresAt, valueBytes: value.length, ...also };
  }
}

/** So that all of them together are about `PART_BYTES`. */
function bytesFor(sources: number): number {
  return Math.min(Math.max(PART_BYTES / sources, LEAST_SOURCE_BYTES), MOST_SOURCE_BYTES);
}

function isWithin(range: KeyRange, key: Buffer): boolean {
  return key.compare(range.from) >= 0 && (range.to === undefined || key.compare(range.to) < 0);
}

function ofSomeKeys({ applied: _, ...failure }: Failure): Failure {
  return { ...failure, detail: failure.detail.replace('of the key', 'of some keys') };
}
