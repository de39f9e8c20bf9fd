/** The verdict on the cluster at a moment, as the node one looks through would have said it. */
import type { NodeId } from '../../core/data/version.js';
import { type ClusterVerdict, verdictOn } from '../../core/verdict.js';
import { NOTHING_KNOWN, type NodeView, type View } from '../../events/view.js';

/** `at`: the moment, milliseconds since 1970. */
export function verdictAt(view: View, through: NodeId, at: number): ClusterVerdict {
  const node = view.nodes[through] ?? NOTHING_KNOWN;
  return verdictOn({
    ring: node.ring ?? undefined,
    waitsFor: node.waitsFor,
    isReachable: (id) => id === through || isReachable(node, id),
    hasRoom: (id) => !view.nodes[id]?.isFull,
    awayForMs: (id) => at - (node.members[id]?.since ?? at),
  });
}

/** As a node itself decides it: connected, and not dead. */
export function isReachable(node: NodeView, id: NodeId): boolean {
  return node.peers[id] !== undefined && node.members[id]?.status !== 'dead';
}
