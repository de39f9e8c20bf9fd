/** What the contract of `Store` runs in, and how it asks. */
import * as assert from 'uvu/assert';
import { type EncodedRecord, recordKey, recordVersion } from '../../src/core/data/record.js';
import type { ScanPage } from '../../src/core/data/scan-page.js';
import type { NodeId, Version } from '../../src/core/data/version.js';
import type {
  Ended,
  EndedIn,
  Hint,
  HintPlace,
  HintSize,
  Inspected,
  Page,
  PageEntry,
  PartitionSize,
  PromiseOutcome,
  ReadOutcome,
  ScanQuery,
  Store,
  StoreStatus,
  VersionOutcome,
  WriteOutcome,
} from '../../src/ports.js';

/** The worlds' stores are opened for no more hints than this. */
export const MAX_HINT_BYTES = 100_000;

export interface StoreWorld {
  /** The one that is open. */
  readonly store: Store;
  /** Closes the store and opens another on the same disk. */
  reopen(): Promise<void>;
  /** Flips a bit in the value of a stored record, while the store is closed, and reopens it. */
  rot(key: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** Declares a test in a world of its own. */
export type InWorld = (
  name: string,
  body: (ask: Asker, world: StoreWorld) => Promise<void>,
) => void;

export interface PageOptions {
  readonly after?: Buffer | undefined;
  readonly leaves?: Buffer;
}

/** The questions of the port as promises. */
export function asker(store: Store) {
  return {
    write: (written: EncodedRecord) =>
      new Promise<WriteOutcome>((done) => store.write(written, done)),
    copy: (copied: EncodedRecord) => new Promise<WriteOutcome>((done) => store.copy(copied, done)),
    read: (key: Uint8Array) => new Promise<ReadOutcome>((done) => store.read(key, done)),
    readUpTo: (keys: readonly Uint8Array[], bytes: number) =>
      new Promise<EncodedRecord[]>((done) => store.readUpTo({ keys, bytes }, done)),
    readVersion: (key: Uint8Array) =>
      new Promise<VersionOutcome>((done) =>
        store.readVersion(key, (outcome) => {
          if (outcome.kind === 'found') done({ kind: 'found', version: outcome.version });
          else done(outcome);
        }),
      ),
    prepare: (key: Uint8Array, ballot: Version) =>
      new Promise<PromiseOutcome>((done) => store.prepare(key, ballot, done)),
    page: (partition: number, limit: number, { after, leaves }: PageOptions = {}) =>
      new Promise<Page>((done) =>
        store.page({ partition, limit, ...(after && { after }), ...(leaves && { leaves }) }, done),
      ),
    inspect: (partition: number, bytes: number, after?: Buffer) =>
      new Promise<Inspected>((done) =>
        store.inspect({ partition, bytes, ...(after && { after }) }, done),
      ),
    scan: (query: ScanQuery) => new Promise<ScanPage>((done) => store.scan(query, done)),
    tree: (partition: number) => new Promise<Buffer>((done) => store.tree(partition, done)),
    treeAnew: (partition: number) =>
      new Promise<Buffer>((done) => store.tree(partition, done, 'anew')),
    drop: (partition: number, limit: number) =>
      new Promise<number | undefined>((done) => store.drop({ partition, limit }, done)),
    dropOnly: (partition: number, only: readonly PageEntry[], limit: number) =>
      new Promise<number | undefined>((done) => store.drop({ partition, limit, only }, done)),
    endedIn: (from: number, before: number) =>
      new Promise<EndedIn>((done) => store.endedIn({ from, before }, done)),
    ended: (partition: number, before: number, limit = 1000) =>
      new Promise<Ended>((done) => store.ended({ partition, before, limit }, done)),
    stay: (partition: number, before: number, entries: readonly PageEntry[]) =>
      new Promise<number[]>((done) => store.stay({ partition, before, entries }, done)),
    reap: (partition: number, upTo: Version, entries: readonly PageEntry[]) =>
      new Promise<number | undefined>((done) => store.reap({ partition, upTo, entries }, done)),
    reapedUpTo: (partition: number) =>
      new Promise<Version>((done) => store.reapedUpTo(partition, done)),
    hint: (target: NodeId, record: EncodedRecord, expiresAt = 1000) =>
      new Promise<boolean>((done) => store.hint({ target, record, expiresAt }, done)),
    hintsBehind: (after: number, limit = 1000, bytes = 1 << 20) =>
      new Promise<Hint[]>((done) => store.hintsBehind({ after, limit, bytes }, done)),
    hints: (target: NodeId, limit = 1000, bytes = 1 << 20, after?: HintPlace) =>
      new Promise<Hint[]>((done) => store.hints({ target, after, limit, bytes }, done)),
    dropHints: (ids: readonly number[]) =>
      new Promise<boolean>((done) => store.dropHints(ids, done)),
    hintSizes: () => new Promise<HintSize[]>((done) => store.hintSizes(done)),
    sizes: () => new Promise<PartitionSize[]>((done) => store.sizes(done)),
    setMeta: (name: string, text: string) =>
      new Promise<void>((done) => store.setMeta(name, text, done)),
    status: () => new Promise<StoreStatus>((done) => store.status(done)),
  };
}

export type Asker = ReturnType<typeof asker>;

export const APPLIED = { kind: 'applied' };
/** It was there before. */
export const HELD = { kind: 'applied', again: true };
export const CORRUPT = { kind: 'corrupt' };
export const ABSENT = { kind: 'absent' };

export async function assertHeld(ask: Asker, bytes: EncodedRecord): Promise<void> {
  const key = recordKey(bytes);
  const held = await ask.read(key);
  assert.is(held.kind, 'found');
  assert.ok(held.kind === 'found' && held.record.equals(bytes), `the record of ${key}`);
  assert.equal(await ask.readVersion(key), { kind: 'found', version: recordVersion(bytes) });
}
