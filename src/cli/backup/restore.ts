/**
 * Brings a backup into a cluster: the newest record of each key, with the version it had.
 *
 * The ring of the cluster goes on above every epoch of the backup first, so that whatever is
 * written from then on is newer. Records go in batches, some at a time; each is stored again if
 * nobody can tell whether it was, which changes nothing. At the end the cluster counts its values.
 * Until then every member says that it is not ready.
 */
import type { EncodedRecord } from '../../core/data/record.js';
import { systemClock as clock } from '../../system.js';
import { countOf, countText } from '../../words/figures.js';
import type { RingAnswer, StatusAnswer } from '../client/answers.js';
import { CommandFailed } from '../client/failures.js';
import { checkDone, Nodes } from '../client/nodes.js';
import { isForNow, PATIENCE_MS, tries } from '../dump/patience.js';
import type { Backup } from './backup.js';
import { Contents } from './contents.js';

const BATCH_RECORDS = 500;
const BATCH_BYTES = 1 << 20;
const BATCHES_AT_ONCE = 4;
const BATCH_MS = 30_000;
const COUNT_MS = 600_000;
/** The clocks of the cluster and of who asks may differ by so much. */
const CLOCKS_MS = 60_000;

/** The members of the cluster, each asked by itself. */
export class Target {
  readonly ring: RingAnswer;
  readonly nodes: Nodes;
  readonly #members: readonly Nodes[];

  constructor(ring: RingAnswer, note: (text: string) => void) {
    this.ring = ring;
    const addresses = ring.members.map(({ address }) => address);
    this.nodes = new Nodes(addresses, note);
    this.#members = addresses.map((address) => new Nodes([address], note));
  }

  /** Of each member; throws `CommandFailed` if one does not answer. */
  async rows(): Promise<{ readonly address: string; readonly rows: number }[]> {
    const all = this.#members.map(async (member) => {
      const { store } = await member.json<StatusAnswer>('/admin/status');
      return { address: member.address, rows: store?.rows ?? 0 };
    });
    return Promise.all(all);
  }

  /** All members are in an epoch above this one. Throws `CommandFailed` if that does not come. */
  async goAbove(epoch: number): Promise<void> {
    if (this.ring.epoch <= epoch) {
      const target = `/admin/epoch?above=${epoch}`;
      checkDone(await this.nodes.ask({ method: 'POST', target, mayRepeat: true }));
    }
    for (const member of this.#members) {
      let is = 0;
      for await (const _ of tries(PATIENCE_MS)) {
        is = (await member.json<StatusAnswer>('/admin/status')).epoch;
        if (is > epoch) break;
      }
      if (is > epoch) continue;
      const what = `${member.address} is still in epoch ${is}: the backup is of epoch ${epoch}`;
      throw new CommandFailed('noQuorum', `${what}; nothing was stored`);
    }
  }

  /** Every member is told; throws `CommandFailed` if one does not take it. */
  async mark(state: 'begun' | 'ended'): Promise<void> {
    const asked = { method: 'POST', target: `/admin/restore?state=${state}`, mayRepeat: true };
    for (const member of this.#members) {
      await insist(member, async () => void checkDone(await member.ask(asked)));
    }
  }
}

export interface Restored {
  readonly contents: Contents;
  /** So many keys more hold a value in the cluster: somebody else writes. */
  readonly more: number;
}

/** `went`: called with how many keys are stored. Throws `CommandFailed`. */
export async function restoreInto(
  { nodes }: Target,
  backup: Backup,
  went: (keys: number) => void,
): Promise<Restored> {
  const contents = new Contents(clock.now() - CLOCKS_MS);
  const batches = batchesOf(backup, contents);
  let stored = 0;
  const work = async () => {
    try {
      for (let next = batches.next(); !next.done; next = batches.next()) {
        await store(nodes, next.value);
        stored += next.value.length;
        went(stored);
      }
    } finally {
      // After a failure nobody takes any more.
      batches.return();
    }
  };
  const workers = Array.from({ length: BATCHES_AT_ONCE }, work);
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return { contents, more: await countedMore(nodes, contents) };
}

/** Each is for whoever asks for it next. */
function* batchesOf(backup: Backup, contents: Contents): Generator<EncodedRecord[], void> {
  let batch: EncodedRecord[] = [];
  let bytes = 0;
  for (const record of backup.newest(() => void contents.disowned++)) {
    contents.add(record);
    const isFull = batch.length >= BATCH_RECORDS || bytes + record.length > BATCH_BYTES;
    if (isFull && batch.length > 0) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(record);
    bytes += record.length;
  }
  if (batch.length > 0) yield batch;
}

async function store(nodes: Nodes, batch: readonly EncodedRecord[]): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  const asked = { method: 'POST', target: '/admin/restore', headers, body: Buffer.concat(batch) };
  await insist(nodes, async () => {
    checkDone(await nodes.ask({ ...asked, mayRepeat: true, withinMs: BATCH_MS }));
  });
}

/** Tries again, at another node, what may be otherwise in a moment. */
async function insist<T>(nodes: Nodes, act: () => Promise<T>): Promise<T> {
  let last: unknown;
  for await (const _ of tries(PATIENCE_MS)) {
    try {
      return await act();
    } catch (error) {
      if (!isForNow(error)) throw error;
      last = error;
      nodes.turn();
    }
  }
  throw last;
}

/** If there are fewer values than in the backup, something is missing: throws `CommandFailed`. */
async function countedMore(nodes: Nodes, contents: Contents): Promise<number> {
  const target = '/kv?count=1&timeout=60000';
  const { count } = await insist(nodes, () =>
    nodes.json<{ count: number }>(target, { withinMs: COUNT_MS }),
  );
  const now = clock.now();
  const least = contents.valuesAt(now + CLOCKS_MS);
  if (count >= least) return Math.max(0, count - contents.valuesAt(now - CLOCKS_MS));
  const what = `${countOf(count, 'key')} there hold a value, and in the backup ${countText(least)}`;
  throw new CommandFailed('failed', what);
}
