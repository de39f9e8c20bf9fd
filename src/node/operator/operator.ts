/** What an operator can ask of a node: to leave, to remove the dead, and what a change would do. */
import { forcedRing } from '../../../actors/ring/forced-ring.js';
import type { NodeId } from '../../core/data/version.js';
import type { MemberChange } from '../../core/planning/member-change.js';
import { judgeRemoval, type Removal, type RemoveRequest } from '../../core/planning/removal.js';
import type { ExplainedPlan } from '../../core/planning/sentences.js';
import type { Failure } from '../../core/requests.js';
import { allMembers } from '../../core/ring/ring.js';
import { formatRing } from '../../core/ring/ring-json.js';
import type { Log, Random } from '../../ports.js';
import type { MembershipHost } from '../membership/host.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { RingWishes } from '../ring/wishes.js';
import type { Calls } from '../rpc/calls.js';
import { planChange } from './planning.js';

interface OperatorParts {
  readonly self: NodeId;
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly membership: MembershipHost;
  readonly calls: Calls;
  readonly random: Random;
  readonly log: Log;
  readonly isServing: () => boolean;
  readonly beginToLeave: () => void;
}

export class Operator {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  plan(change: MemberChange, done: (plan: ExplainedPlan | Failure) => void): void {
    const { rings, calls, wishes } = this.#parts;
    const isAlive = wishes.isReachable;
    planChange({ change, ring: rings.current, calls, isAlive }, done);
  }

  /** Begins to hand over what this node owns; a sentence says why it cannot be. */
  leave(): string | undefined {
    const { rings, isServing, beginToLeave } = this.#parts;
    if (!rings.current || !isServing()) return 'this node does not serve';
    if (allMembers(rings.current).length === 1) return 'this node is the last member';
    beginToLeave();
    return undefined;
  }

  /** Takes dead members out of the ring; forced, without asking anybody. */
  remove(request: RemoveRequest, done: (outcome: Removal | Failure) => void): void {
    const { self, rings, wishes, membership, random, log } = this.#parts;
    const ring = rings.current;
    if (!ring) return done({ ok: false, code: 'not_ready', detail: 'this node has no ring yet' });
    const isDead = (id: NodeId) => {
      return id !== self && ['dead', 'left'].includes(membership.statusOf(id) ?? '');
    };
    const { isReachable } = wishes;
    const outcome = judgeRemoval({ ...request, ring, isDead, isReachable });
    if (outcome.ok && outcome.forced) {
      const forced = forcedRing(ring, new Set(request.ids), random.float());
      log('warn', 'ring.forced', { epoch: forced.epoch, removed: request.ids.join(',') });
      rings.spread(formatRing(forced));
    } else if (outcome.ok) {
      for (const id of request.ids) wishes.remove(id);
    }
    done(outcome);
  }
}
