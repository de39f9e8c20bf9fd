/** Pages of a partition: ours, and how much is asked for of another owner's, and what came. */
import { recordKey } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { countLeaves, LEAVES, MAX_TREE_BYTES } from '../../core/tree/hash-tree.js';
import { bytesOfGroups, GROUP_SUMS_BYTES, type GroupSet } from '../../core/tree/leaf-groups.js';
import { newerEntries } from '../../core/tree/newer-entries.js';
import { PAGE_ROWS_LIMIT } from '../../core/wire/limits.js';
import type { Page, PageEntry, Store } from '../../ports.js';
import { TransferFailed } from '../base/work.js';

/** To decode and compare them takes about a millisecond. */
const PAGE_ROWS = 250;

/** So many that a page brings about as many entries however few leaves are asked for, or nearly. */
export function rowsPerPage(leaves: Uint8Array): number {
  const asked = countLeaves(leaves);
  return Math.min(PAGE_ROWS_LIMIT, Math.ceil((PAGE_ROWS * LEAVES) / Math.max(1, asked)));
}

interface PageQuery {
  readonly partition: number;
  readonly leaves?: Buffer;
  readonly limit: number;
}

/** Of what is held here. */
export function pageOf(
  store: Pick<Store, 'page'>,
  query: PageQuery,
  after: Buffer | undefined,
): Promise<Page> {
  return new Promise((resolve) => store.page({ ...query, ...(after && { after }) }, resolve));
}

/**
 * The keys behind `after` that are newer there than here, or missing here. Page by page of ours:
 * what is compared in one turn is never more than a page of either side.
 */
export async function newerKeys(
  store: Pick<Store, 'page'>,
  query: PageQuery,
  after: Buffer | undefined,
  theirs: readonly PageEntry[],
): Promise<Buffer[]> {
  const newer: Buffer[] = [];
  let rest = theirs;
  let from = after;
  while (rest.length > 0) {
    const ours = await pageOf(store, query, from);
    const last = ours.next;
    const beyond = last ? rest.findIndex(({ key }) => Buffer.compare(key, last) > 0) : -1;
    const covered = beyond < 0 ? rest : rest.slice(0, beyond);
    for (const { key } of newerEntries(ours.entries, covered)) newer.push(key);
    rest = rest.slice(covered.length);
    from = last;
  }
  return newer;
}

/**
 * How many of the asked-for keys a reply covers. It holds as many records as fit, in the order of
 * the keys, without those that their owner cannot read: they are left to the other owners.
 * Throws `TransferFailed` if it holds another one.
 */
export function answeredKeys(keys: readonly Buffer[], records: readonly Buffer[]): number {
  const last = records.at(-1);
  if (!last) return keys.length;
  const index = keys.findIndex((key) => key.equals(recordKey(last)));
  // To ask for the same again would be no way on.
  if (index < 0) throw new TransferFailed('a record came that nobody asked for');
  return index + 1;
}

/** Throws `TransferFailed` if the page behind `after` does not lead on from there. */
export function requireOnward(
  owner: NodeId,
  after: Buffer | undefined,
  next: Buffer | undefined,
): void {
  if (after && next && next.compare(after) <= 0) {
    throw new TransferFailed(`${owner}: a page that leads back`);
  }
}

/** Throws `TransferFailed` if an owner has said something else than all of a hash tree. */
export function requireTree(owner: NodeId, leaves: Buffer): void {
  requireBytes(owner, leaves, MAX_TREE_BYTES);
}

/** As `requireTree`, than the part that was asked for. */
export function requireGroups(owner: NodeId, leaves: Buffer, groups: GroupSet): void {
  requireBytes(owner, leaves, bytesOfGroups(groups));
}

/** As `requireTree`, than the sums of some of the partitions that were asked for, each once. */
export function requireSums(
  owner: NodeId,
  asked: readonly number[],
  { differing, sums }: { differing: readonly number[]; sums: Buffer },
): void {
  const isAsked = differing.every((partition) => asked.includes(partition));
  if (!isAsked || new Set(differing).size !== differing.length) {
    throw new TransferFailed(`${owner}: a partition that nobody asked for`);
  }
  requireBytes(owner, sums, differing.length * GROUP_SUMS_BYTES);
}

function requireBytes(owner: NodeId, leaves: Buffer, bytes: number): void {
  if (leaves.length !== bytes) throw new TransferFailed(`${owner}: not a hash tree`);
}
