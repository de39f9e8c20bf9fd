/** Asks all members how much they hold, and plans a change with it. */

import type { NodeId } from '../../core/data/version.js';
import type { Size } from '../../core/planning/load.js';
import { type MemberChange, membersAfter } from '../../core/planning/member-change.js';
import { planOf } from '../../core/planning/plan.js';
import { type ExplainedPlan, explain } from '../../core/planning/sentences.js';
import type { Failure } from '../../core/requests.js';
import { ownersIn, type Ring } from '../../core/ring/ring.js';
import type { Calls, ReplyTo } from '../rpc/calls.js';

const TIMEOUT_MS = 2000;

type Sizes = ReplyTo<'node.sizes'>['sizes'];

export function planChange(
  input: {
    readonly change: MemberChange;
    readonly ring: Ring | undefined;
    readonly calls: Calls;
    readonly isAlive: (id: NodeId) => boolean;
  },
  done: (plan: ExplainedPlan | Failure) => void,
): void {
  const { ring, calls, change } = input;
  if (!ring) return done({ ok: false, code: 'not_ready', detail: 'this node has no ring yet' });
  const answers = new Map<NodeId, Sizes>();
  const unanswered: NodeId[] = [];
  for (const { id } of ring.members) {
    calls.request(id, 'node.sizes', {}, TIMEOUT_MS, (reply) => {
      if (typeof reply === 'string') unanswered.push(id);
      else answers.set(id, reply.sizes);
      if (answers.size + unanswered.length < ring.members.length) return;
      const plan = planOf({
        ...input,
        ring,
        wanted: membersAfter(ring, change),
        sizes: sizesOf(ring, answers),
      });
      done(
        explain(plan, { unanswered: unanswered.sort(), underWay: ring.transition !== undefined }),
      );
    });
  }
}

/**
 * The most that any owner holds of each partition: one that is behind does not count. What others
 * hold is left over from when they were owners.
 */
function sizesOf(ring: Ring, answers: ReadonlyMap<NodeId, Sizes>): Map<number, Size> {
  const sizes = new Map<number, Size>();
  for (const [id, held] of answers) {
    for (const { partition, rows, bytes } of held) {
      if (partition >= ring.layout.length) continue;
      if (!ownersIn(ring.members, ring.layout, partition).includes(id)) continue;
      const known = sizes.get(partition) ?? { rows: 0, bytes: 0 };
      sizes.set(partition, {
        rows: Math.max(rows, known.rows),
        bytes: Math.max(bytes, known.bytes),
      });
    }
  }
  return sizes;
}
