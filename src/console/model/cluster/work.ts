/** Work under way at a moment, and how long it will take: from what was told of it so far. */
import type { NodeId } from '../../../core/data/version.js';
import { allMembers, byMemberId, type Ring } from '../../../core/ring/ring.js';
import type { TransferView, View } from '../../../events/view.js';
import type { Picked, PickedFrame } from '../picked.js';
import { hintsByTarget, type Waiting } from './members.js';

export const WORK_TYPES = ['transfer.began', 'transfer.progress', 'repair.done'] as const;
type WorkFrames = Picked<(typeof WORK_TYPES)[number]>;
type Progress = Pick<TransferView, 'done' | 'records'> & { readonly at: number };

/** Speed is that of so long a time before the moment. */
const SPEED_MS = 10_000;
const LATELY_MS = 15 * 60_000;
const REPAIRS = 200;

export interface TransferRow extends TransferView {
  readonly node: NodeId;
  /** Undefined as long as nobody can tell. */
  readonly recordsPerSecond: number | undefined;
  readonly leftMs: number | undefined;
}

/** Where one looks: a place in the history, and its time. */
export interface Where {
  readonly place: number;
  readonly at: number;
}

export function transfersAt(view: View, { place, at }: Where, told: WorkFrames): TransferRow[] {
  return Object.entries(view.nodes).flatMap(([node, { transfer }]) => {
    if (!transfer) return [];
    const from = progressBefore(node, transfer.epoch, { place, at }, told);
    return [{ node, ...transfer, ...speedOf(from, { ...transfer, at }) }];
  });
}

/** How far it was at the beginning of the time of which its speed is. */
function progressBefore(
  node: NodeId,
  epoch: number,
  { place, at }: Where,
  told: WorkFrames,
): Progress | undefined {
  let oldest: Progress | undefined;
  for (const { frame, at: toldAt } of told.backFrom(place)) {
    if (frame.type === 'repair.done' || frame.node !== node) continue;
    if (frame.epoch !== epoch) break;
    const { done, records } = frame.type === 'transfer.began' ? { done: 0, records: 0 } : frame;
    oldest = { at: toldAt, done, records };
    if (toldAt <= at - SPEED_MS) break;
  }
  return oldest;
}

function speedOf(
  from: Progress | undefined,
  { at, done, total, records }: Progress & { total: number },
) {
  const ms = from ? at - from.at : 0;
  if (!from || ms <= 0) return { recordsPerSecond: undefined, leftMs: undefined };
  const partitions = done - from.done;
  return {
    recordsPerSecond: ((records - from.records) / ms) * 1000,
    leftMs: partitions > 0 ? ((total - done) / partitions) * ms : undefined,
  };
}

export interface HintsRow extends Waiting {
  readonly target: NodeId;
  /** Those that keep them. */
  readonly keepers: readonly NodeId[];
}

export function hintsAt(view: View): HintsRow[] {
  return [...hintsByTarget(view)]
    .map(([target, waiting]) => {
      const keepers = Object.keys(view.nodes).filter((id) =>
        view.nodes[id]!.hints.includes(target),
      );
      return { target, ...waiting, keepers };
    })
    .sort((one, other) => (one.target < other.target ? -1 : 1));
}

export interface RepairsRow {
  readonly node: NodeId;
  /** How many partitions were repaired in the last 15 minutes. */
  readonly repairs: number;
  readonly records: number;
  readonly bytes: number;
  readonly lastAt: number;
}

export function repairsBefore({ place, at }: Where, told: WorkFrames): RepairsRow[] {
  const rows = new Map<NodeId, RepairsRow>();
  let looked = 0;
  for (const each of told.backFrom(place)) {
    if (each.at < at - LATELY_MS || ++looked > REPAIRS * 10) break;
    const { frame } = each as PickedFrame<(typeof WORK_TYPES)[number]>;
    if (frame.type !== 'repair.done') continue;
    const row = rows.get(frame.node);
    rows.set(frame.node, {
      node: frame.node,
      repairs: (row?.repairs ?? 0) + 1,
      records: (row?.records ?? 0) + frame.records,
      bytes: (row?.bytes ?? 0) + frame.bytes,
      lastAt: row?.lastAt ?? each.at,
    });
  }
  return [...rows.values()].sort(({ node: one }, { node: other }) => (one < other ? -1 : 1));
}

export interface RingChange {
  readonly epoch: number;
  readonly joining: readonly NodeId[];
  readonly leaving: readonly NodeId[];
  /** Members that still fetch what they gain. */
  readonly waitsFor: readonly NodeId[];
}

/** The change of the ring under way, as one node sees it; undefined if there is none. */
export function changeAt(view: View, ring: Ring | null | undefined): RingChange | undefined {
  if (!ring?.transition) return undefined;
  const before = new Set(ring.members.map(({ id }) => id));
  const after = new Set(ring.transition.members.map(({ id }) => id));
  const ids = allMembers(ring)
    .sort(byMemberId)
    .map(({ id }) => id);
  return {
    epoch: ring.epoch,
    joining: ids.filter((id) => !before.has(id)),
    leaving: ids.filter((id) => !after.has(id)),
    waitsFor: ids.filter((id) => isFetching(view, id, ring.epoch)),
  };
}

/** What is not in its ring yet has not begun; of one that tells nothing nobody knows. */
function isFetching(view: View, id: NodeId, epoch: number): boolean {
  const node = view.nodes[id];
  if (!node?.ring) return false;
  return node.ring.epoch < epoch || node.transfer?.epoch === epoch;
}
