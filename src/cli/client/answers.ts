/** What nodes answer, as they define it. */
export type { LocationAnswer, RingAnswer } from '../../doors/admin/admin.js';
export type { RemovalAnswer } from '../../doors/admin/members.js';
export type { ProblemCode, ProblemDocument } from '../../doors/http/problem.js';
export type { PlanAnswer } from '../../words/plan.js';

import type { Explained } from '../../core/requests.js';
import type { NodeStatus } from '../../node/operator/status.js';

export type StatusAnswer = ReturnType<NodeStatus['now']>;
export type MemberAnswer = StatusAnswer['members'][number];

/** `explain=1`: what happened, instead of the value. */
export interface ExplainedAnswer extends Explained {
  /** Of what is held now; null if nothing is. */
  readonly etag: string | null;
  readonly reached: string;
  /** Seconds. */
  readonly ttl?: number;
  readonly deleted?: true;
  readonly expired?: true;
  /** What a touch has read before. */
  readonly read?: Explained;
}
