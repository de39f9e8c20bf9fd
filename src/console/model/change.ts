/** A change of members that is under way, as the events tell of it. */
import type { NodeId } from '../../core/data/version.js';
import { gainingMembers, type Member } from '../../core/ring/ring.js';
import type { View } from '../../events/view.js';

export interface ChangeUnderWay {
  readonly epoch: number;
  readonly joining: readonly Member[];
  readonly leaving: readonly Member[];
  readonly gaining: readonly Gaining[];
}

export interface Gaining {
  readonly id: NodeId;
  /** Partitions, of all that it gains; undefined if it has not said. */
  readonly done: number | undefined;
  readonly total: number | undefined;
  readonly records: number;
  readonly bytes: number;
}

/** Undefined if none is, as the node sees it through whose eyes one looks. */
export function changeUnderWay(view: View, through: NodeId): ChangeUnderWay | undefined {
  const ring = view.nodes[through]?.ring;
  if (!ring?.transition) return undefined;
  const has = (members: readonly Member[], { id }: Member) =>
    members.some((each) => each.id === id);
  const { members } = ring.transition;
  return {
    epoch: ring.epoch,
    joining: members.filter((member) => !has(ring.members, member)),
    leaving: ring.members.filter((member) => !has(members, member)),
    gaining: gainingMembers(ring).map((id) => {
      const node = view.nodes[id];
      const transfer = node?.transfer?.epoch === ring.epoch ? node.transfer : undefined;
      return {
        id,
        done: transfer?.done,
        total: transfer?.total,
        records: transfer?.records ?? 0,
        bytes: transfer?.bytes ?? 0,
      };
    }),
  };
}
