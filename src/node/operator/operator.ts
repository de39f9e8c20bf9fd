/** What an operator can ask of a node: to leave, to remove the dead, and what a change would do. */
import { forcedRing } from '../../../actors/ring/forced-ring.js';
import type { NodeId } from '../../core/data/version.js';
import type { MemberChange } from '../../core/planning/member-change.js';
import { judgeRemoval, type Removal, type RemoveRequest } from '../../core/planning/removal.js';
import type { ExplainedPlan } from '../../core/planning/sentences.js';
import type { Failure } from '../../core/requests.js';
import { formatRing } from '../../core/ring/ring-json.js';
import type { Log, Random } from '../../ports.js';
import type { MembershipHost } from '../membership/host.js';
import type { Reachability } from '../membership/reachability.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { RingWishes } from '../ring/wishes.js';
import type { Calls } from '../rpc/calls.js';
import { planChange } from './planning.js';

const CALL_TIMEOUT_MS = 2000;

export interface OperatorParts {
  readonly rings: CurrentRing;
  readonly wishes: RingWishes;
  readonly membership: MembershipHost;
  readonly calls: Calls;
  readonly random: Random;
  readonly log: Log;
  readonly reachability: Reachability;
  readonly supervisor: { readonly isServing: boolean };
}

export class Operator {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  plan(change: MemberChange, done: (plan: ExplainedPlan | Failure) => void): void {
    const { rings, calls, reachability } = this.#parts;
    const isAlive = reachability.isReachable;
    planChange({ change, ring: rings.current, calls, isAlive }, done);
  }

  /** Asks a member to leave, this node or another; it begins to hand over, or is refused. */
  leave(member: NodeId, done: (outcome: { ok: true } | Failure) => void): void {
    const { calls } = this.#parts;
    calls.request(member, 'ring.leave', {}, CALL_TIMEOUT_MS, (reply) => {
      if (typeof reply === 'string') {
        return done({ ok: false, code: 'outcome_unknown', detail: `${member} does not answer` });
      }
      const { refusal: detail } = reply;
      done(detail === '' ? { ok: true } : { ok: false, code: 'change_refused', detail });
    });
  }

  /**
   * Has the members agree on the ring as it is, with the next epoch, or the next one above `above`:
   * versions stamped from then on are above all that were before, whatever clocks said. Returns the
   * present epoch, or why not.
   */
  renewEpoch(above = 0): number | string {
    const { rings, wishes, supervisor } = this.#parts;
    if (!supervisor.isServing) return 'this node does not serve';
    wishes.renew(Math.max(above, rings.epoch));
    return rings.epoch;
  }

  /** Takes dead members out of the ring; forced, without asking anybody. */
  remove(request: RemoveRequest, done: (outcome: Removal | Failure) => void): void {
    const { rings, wishes, membership, reachability, random, log } = this.#parts;
    const ring = rings.current;
    if (!ring) return done({ ok: false, code: 'not_ready', detail: 'this node has no ring yet' });
    const isDead = (id: NodeId) => {
      return ['dead', 'left'].includes(membership.statusOf(id) ?? '');
    };
    const { isReachable } = reachability;
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
