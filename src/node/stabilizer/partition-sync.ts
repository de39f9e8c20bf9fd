/**
 * Brings one partition here up to what one other owner holds of it.
 *
 * This is the driver's side. The other side, which answers, is in `replica/partition-reader.ts`.
 *
 * Algorithm: compare the roots of both hash trees, and if they differ the leaves, or first the sums
 * of groups of them; of the leaves that differ, page through the keys and versions of both sides,
 * in key order; fetch what is newer there or missing here; store it with the version it had. What
 * was brought once is equal from then on: a pull that was interrupted goes on with what is left.
 *
 * Owners that compare tell what they hold by fingerprints, and hear only of the rest. Not so a new
 * owner, whose pull nobody repeats: it hears of everything.
 *
 * A pull is a relayed `accept`: the store takes a row only if it holds nothing newer and has
 * promised nothing higher. It ends at once when the ring changes. A row from so far in the future
 * that nobody can have believed it, but the one that stamped it with a wrong clock, is not taken
 * (`replica/credibility.ts`). Owners that compare would differ for good: in a later epoch they have
 * a round store above it what the others hold. If too few owners say whether they hold it, a new
 * owner takes it all the same, as it may have been acknowledged; owners that compare wait. A row of
 * an epoch to come is one that its owner cannot read: there can be none.
 *
 * An owner that lists a row under a version above that of its record has lost a bit beside it. It
 * would look newer for good, and fetches nothing for what it lists itself. So it is brought the
 * record once more, to be stored as it was.
 */

import { absence } from '../../../actors/coordinator/caspaxos/round-records.js';
import { type EncodedRecord, recordKey, recordVersion } from '../../core/data/record.js';
import { compareVersions, NO_VERSION, type NodeId, type Version } from '../../core/data/version.js';
import { fingerprintsOf } from '../../core/tree/fingerprints.js';
import { emptyTree, rootOf } from '../../core/tree/hash-tree.js';
import {
  ALL_GROUPS,
  differingGroups,
  differingLeavesOf,
  NO_GROUPS,
  sumsAt,
} from '../../core/tree/leaf-groups.js';
import type { Page, PageEntry, Random, Store, WriteOutcome } from '../../ports.js';
import type { Throttle } from '../base/throttle.js';
import { TransferFailed } from '../base/work.js';
import type { CreditOf } from '../replica/credibility.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { BodyOf, CallFailure, Calls, ReplyTo } from '../rpc/calls.js';
import {
  answeredKeys,
  newerKeys,
  pageOf,
  requireGroups,
  requireOnward,
  requireSums,
  requireTree,
  rowsPerPage,
} from './partition-pages.js';

const CALL_TIMEOUT_MS = 10_000;
/** The trees of many partitions may have to be built first. */
const ROOTS_TIMEOUT_MS = 60_000;
/** So few rows that requests to the store, here and there, wait for about a millisecond. */
const FEW_ROWS = 50;

/** What was fetched; counted as it comes, so that a failure does not hide it. */
export interface Moved {
  records: number;
  bytes: number;
}

type PartitionRequest =
  `partition.${'tree' | 'roots' | 'compare' | 'list' | 'fetch' | 'confirm' | 'reap'}`;

/** A partition, or the part of it that lies in some leaves, as another owner holds it. */
export interface Stretch {
  readonly owner: NodeId;
  readonly epoch: number;
  readonly partition: number;
  readonly leaves: Uint8Array;
  /** Leaves out what may be beyond belief, too. */
  readonly onlyCredible: boolean;
  /** The owner is told what we hold, and lists the rest, or nearly all of it. */
  readonly byFingerprints: boolean;
}

type Fetching = Pick<Stretch, 'owner' | 'epoch' | 'onlyCredible'>;

const NOTHING_TOLD: Page = { entries: [], next: undefined };

export interface PartitionSyncOptions {
  readonly rings: Pick<CurrentRing, 'epoch'>;
  readonly calls: Pick<Calls, 'request'>;
  readonly store: Pick<Store, 'copy' | 'page' | 'tree' | 'drop' | 'reap' | 'reapedUpTo'>;
  readonly throttle: Throttle;
  readonly random: Pick<Random, 'float'>;
  readonly creditOf: CreditOf;
  /**
   * Has a round store again what owners hold of a key, or the copy if that came later: above what
   * keeps a row away from here. Whether it could.
   */
  readonly settle: (key: Buffer, copy?: EncodedRecord) => Promise<boolean>;
}

export class PartitionSync {
  readonly #options: PartitionSyncOptions;

  constructor(options: PartitionSyncOptions) {
    this.#options = options;
  }

  /** Throws `TransferFailed` if another ring than that of `epoch` is in force. */
  check(epoch: number): void {
    if (this.#options.rings.epoch !== epoch) throw new TransferFailed('the ring has changed');
  }

  /** The leaves of another owner's hash tree. Rejects with `TransferFailed`. */
  async treeOf(owner: NodeId, epoch: number, partition: number): Promise<Buffer> {
    return (await this.#look(owner, epoch, partition)).leaves;
  }

  async #look(owner: NodeId, epoch: number, partition: number) {
    const look = await this.#ask(owner, epoch, 'partition.tree', { epoch, partition });
    requireTree(owner, look.leaves);
    return look;
  }

  /** Whether anything of a partition is held here. */
  async holdsAny(partition: number): Promise<boolean> {
    return !(await this.#ourTree(partition)).equals(emptyTree());
  }

  /** Up to where another owner has reaped. Rejects with `TransferFailed`. */
  async reapedUpTo(owner: NodeId, epoch: number, partition: number): Promise<Version> {
    return (await this.#look(owner, epoch, partition)).reaped;
  }

  /** Whether less was reaped here. */
  async isBeyondOurs(partition: number, reaped: Version): Promise<boolean> {
    const { store } = this.#options;
    const ours = await new Promise<Version>((resolve) => store.reapedUpTo(partition, resolve));
    return compareVersions(reaped, ours) > 0;
  }

  /**
   * Drops what is held here; returns how many rows there were. Rejects with `TransferFailed` if the
   * ring changes on the way.
   */
  async drop(epoch: number, partition: number): Promise<number> {
    const { store, throttle } = this.#options;
    const query = { partition, limit: FEW_ROWS };
    for (let rows = 0; ; ) {
      await throttle.ready();
      this.check(epoch);
      const dropped = await this.#ifRoom((resolve) => store.drop(query, resolve));
      throttle.spend(dropped, 0);
      rows += dropped;
      if (dropped < FEW_ROWS) return rows;
    }
  }

  /** Drops what is held here up to a version, and counts it as reaped. */
  async forget(epoch: number, partition: number, upTo: Version): Promise<void> {
    const { store, throttle } = this.#options;
    let after: Buffer | undefined;
    do {
      await throttle.ready();
      this.check(epoch);
      const { entries, next } = await pageOf(store, { partition, limit: FEW_ROWS }, after);
      const only = entries.filter(({ version }) => compareVersions(version, upTo) <= 0);
      const going = { partition, limit: FEW_ROWS, only };
      if (only.length > 0) await this.#ifRoom((resolve) => store.drop(going, resolve));
      throttle.spend(entries.length, 0);
      after = next;
    } while (after);
    await this.raiseReaped(partition, upTo);
  }

  /** Nothing as old is taken here any more, but from other owners. */
  async raiseReaped(partition: number, upTo: Version): Promise<void> {
    const { store } = this.#options;
    await this.#ifRoom((resolve) => store.reap({ partition, upTo, entries: [] }, resolve));
  }

  /** The places of those entries that another owner does not hold. */
  async confirm(
    owner: NodeId,
    epoch: number,
    partition: number,
    entries: readonly PageEntry[],
  ): Promise<number[]> {
    const body = { epoch, partition, entries: [...entries] };
    return (await this.#ask(owner, epoch, 'partition.confirm', body)).missing;
  }

  /** Lets an owner let go of entries; returns how many it had. */
  async reap(
    owner: NodeId,
    asked: { epoch: number; partition: number; upTo: Version; entries: readonly PageEntry[] },
  ): Promise<number> {
    const body = { ...asked, entries: [...asked.entries] };
    return (await this.#ask(owner, asked.epoch, 'partition.reap', body)).rows;
  }

  async #ifRoom(ask: (resolve: (rows: number | undefined) => void) => void): Promise<number> {
    const rows = await new Promise<number | undefined>(ask);
    if (rows === undefined) throw new TransferFailed('our disk is full');
    return rows;
  }

  #ourTree(partition: number): Promise<Buffer> {
    return new Promise((resolve) => this.#options.store.tree(partition, resolve));
  }

  /**
   * Of some partitions, those in which another owner differs, and the groups of leaves in which it
   * does. Rejects with `TransferFailed`.
   */
  async differing(owner: NodeId, epoch: number, partitions: readonly number[]) {
    const salt = this.#salt();
    const roots = Buffer.concat((await this.#ourTrees(partitions)).map(rootOf));
    const body = { epoch, partitions: [...partitions], roots, salt };
    const said = await this.#ask(owner, epoch, 'partition.roots', body, ROOTS_TIMEOUT_MS);
    requireSums(owner, partitions, said);
    // What was on its way to both of us may be here by now.
    const ours = await this.#ourTrees(said.differing);
    this.check(epoch);
    return said.differing.flatMap((partition, at) => {
      const groups = differingGroups(ours[at]!, sumsAt(said.sums, at), salt);
      return groups === NO_GROUPS ? [] : [{ partition, groups }];
    });
  }

  #ourTrees(partitions: readonly number[]): Promise<Buffer[]> {
    return Promise.all(partitions.map((partition) => this.#ourTree(partition)));
  }

  #salt(): number {
    return Math.floor(this.#options.random.float() * 2 ** 32);
  }

  /**
   * The leaves of some groups in which another owner differs from us, if any, and up to where it
   * has reaped. Rejects with `TransferFailed`.
   */
  async difference(
    owner: NodeId,
    epoch: number,
    partition: number,
    groups = ALL_GROUPS,
  ): Promise<{ leaves: Buffer | undefined; reaped: Version }> {
    const salt = this.#salt();
    const body = { epoch, partition, root: rootOf(await this.#ourTree(partition)), groups, salt };
    const { leaves: theirs, reaped } = await this.#ask(owner, epoch, 'partition.compare', body);
    this.check(epoch);
    if (theirs.length === 0) return { leaves: undefined, reaped };
    requireGroups(owner, theirs, groups);
    const ours = await this.#ourTree(partition);
    this.check(epoch);
    return { leaves: differingLeavesOf(ours, groups, theirs, salt), reaped };
  }

  /**
   * Fetches what is newer there than here; returns how many rows the owner could not read itself,
   * or holds what it should not in place of, as they were left out.
   * Rejects with `TransferFailed` if something stands in the way; what came before stays.
   */
  async pull(stretch: Stretch, moved: Moved): Promise<number> {
    const { owner, epoch, partition, leaves, byFingerprints } = stretch;
    const query = { partition, leaves: Buffer.from(leaves), limit: rowsPerPage(leaves) };
    const { store } = this.#options;
    let blocked = 0;
    let unreadable = 0;
    let after: Buffer | undefined;
    do {
      const ours = byFingerprints ? await pageOf(store, query, after) : NOTHING_TOLD;
      const salt = this.#salt();
      const held = fingerprintsOf(ours.entries, salt);
      const asked = { epoch, ...query, after, upTo: ours.next, held, salt };
      const page = await this.#ask(owner, epoch, 'partition.list', asked);
      // What was on its way to both of us may be here by now.
      const keys = await newerKeys(store, query, after, page.entries);
      this.check(epoch);
      const listed = new Map(page.entries.map(({ key, version }) => [nameOf(key), version]));
      const fetched = await this.#fetch(stretch, keys, moved, (record) => {
        const version = listed.get(nameOf(recordKey(record))) ?? NO_VERSION;
        return compareVersions(version, recordVersion(record)) > 0;
      });
      blocked += fetched.blocked;
      unreadable += keys.length - fetched.records;
      requireOnward(owner, after, page.next);
      after = page.next ?? ours.next;
    } while (after);
    if (blocked > 0) throw new TransferFailed(`promises stand in the way of ${blocked} rows`);
    return unreadable;
  }

  /** Fetches rows that cannot be read here. Rejects as `pull`. */
  async fetch(stretch: Fetching, keys: Buffer[], moved: Moved): Promise<void> {
    await this.#fetch(stretch, keys, moved, () => false);
  }

  /** Returns how many rows came that count, and how many of them a promise kept away. */
  async #fetch(
    { owner, epoch, onlyCredible }: Fetching,
    keys: Buffer[],
    moved: Moved,
    isListedAbove: (record: EncodedRecord) => boolean,
  ) {
    const { throttle } = this.#options;
    const fetched = { records: 0, blocked: 0 };
    for (let rest = keys; rest.length > 0; ) {
      await throttle.ready();
      this.check(epoch);
      const asked = rest.slice(0, FEW_ROWS);
      const { records } = await this.#ask(owner, epoch, 'partition.fetch', { epoch, keys: asked });
      const possible = records.filter((record) => recordVersion(record).epoch <= epoch);
      const keep = async (record: EncodedRecord) => {
        const outcome = await this.#keep(record, epoch, onlyCredible);
        if (outcome === 'leftOut') return outcome;
        moved.records++;
        moved.bytes += record.length;
        return outcome;
      };
      const kept = Promise.all(possible.map(keep));
      for (const record of records.filter(isListedAbove)) this.#bringBack(owner, epoch, record);
      const bytes = records.reduce((sum, { length }) => sum + length, 0);
      throttle.spend(records.length, bytes);
      for (const outcome of await kept) {
        if (outcome !== 'leftOut') fetched.records++;
        if (outcome === 'blocked') fetched.blocked++;
      }
      rest = rest.slice(answeredKeys(asked, records));
    }
    return fetched;
  }

  async #keep(
    record: EncodedRecord,
    epoch: number,
    onlyCredible: boolean,
  ): Promise<'kept' | 'blocked' | 'leftOut'> {
    const { store, settle, creditOf } = this.#options;
    const version = recordVersion(record);
    let credit = creditOf(recordKey(record), version);
    if (typeof credit !== 'string') {
      credit = await credit;
      this.check(epoch);
    }
    if (credit === 'alone') {
      if (!onlyCredible || version.epoch >= epoch) return 'leftOut';
      // Where the others hold nothing, that is what is stored above it.
      const nothing = absence(recordKey(record), NO_VERSION);
      return (await settle(recordKey(record), nothing)) ? 'kept' : 'leftOut';
    }
    if (onlyCredible && credit === 'unclear') return 'leftOut';
    const copy = () => new Promise<WriteOutcome>((resolve) => store.copy(record, resolve));
    let outcome = await copy();
    // A round stores this row, or a newer one, at a majority: but perhaps not here.
    if (outcome.kind === 'promised' && (await settle(recordKey(record)))) outcome = await copy();
    switch (outcome.kind) {
      case 'applied':
      case 'superseded':
        return 'kept';
      case 'readOnly':
        throw new TransferFailed('our disk is full');
      case 'corrupt':
        throw new TransferFailed('a record came corrupt');
      case 'reaped':
        throw new Error('what was reaped is in the way of a copy');
      case 'promised':
        return 'blocked';
    }
  }

  /** What comes of it is seen when the owners are compared again. */
  #bringBack(owner: NodeId, epoch: number, record: EncodedRecord): void {
    const body = { epoch, timeoutMs: CALL_TIMEOUT_MS, record };
    this.#options.calls.request(owner, 'replica.write', body, CALL_TIMEOUT_MS, () => undefined);
  }

  #ask<T extends PartitionRequest>(
    owner: NodeId,
    epoch: number,
    type: T,
    body: BodyOf<T>,
    timeoutMs = CALL_TIMEOUT_MS,
  ): Promise<ReplyTo<T>> {
    const { calls } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => reject(new TransferFailed(`${owner}: ${reason}`));
      calls.request(owner, type, body, timeoutMs, (reply: ReplyTo<T> | CallFailure) => {
        if (this.#options.rings.epoch !== epoch) reject(new TransferFailed('the ring has changed'));
        if (typeof reply === 'string') fail(reply);
        else if (reply.outcome !== 'ok') fail(reply.outcome);
        else resolve(reply);
      });
    });
  }
}

function nameOf(key: Buffer): string {
  return key.toString('latin1');
}
