/** Changes of the ring: what one would do, leaving, removing the dead, and another epoch. */

import { MOST_ABOVE } from '../../core/counted.js';
import type { NodeId } from '../../core/data/version.js';
import { nearMiss } from '../../core/near-miss.js';
import { type MemberChange, targetMembers } from '../../core/planning/member-change.js';
import { type Removal, whatMayBeLost } from '../../core/planning/removal.js';
import { named } from '../../core/planning/sentences.js';
import {
  allMembers,
  isZone,
  MAX_WEIGHT,
  MAX_ZONE_LETTERS,
  type Member,
  type Ring,
} from '../../core/ring/ring.js';
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { Problem, type ProblemCode, quoted } from '../http/problem.js';

/** What to ask for, to see how a change goes on. */
const WATCH = '/admin/status';
const CHANGES = ['join', 'leave', 'remove', 'replace'] as const;
const MAX_NEWCOMERS = 100;
/** Bodies mean nothing here, and are read only so that the connection can go on. */
const MAX_BODY_BYTES = 8192;
const LISTED = 20;
const EFFECT_OF_EPOCH =
  'a majority of the members is asked to go on with the next epoch; what is written from then on ' +
  'wins over all that was written before, whatever the clocks said';

/** `GET /admin/ring?plan=`: changes nothing. */
export function getPlan(exchange: Exchange, context: DoorContext): void {
  const change = changeOf(exchange, ringOf(context));
  context.backend.plan(change, (plan) => {
    if ('ok' in plan) return exchange.problem(Problem.from(plan));
    exchange.json(200, { plan: change, ...plan, stuck: shortened(plan.stuck) });
  });
}

/**
 * `POST /admin/leave`: this node, or the member `id`, hands over what it owns, and then is a member
 * no more.
 */
export function postLeave(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters('id');
  const { backend } = context;
  const isOther = exchange.parameters.has('id');
  const members = isOther ? allMembers(ringOf(context)) : [];
  const [leaving = backend.id, ...more] = isOther ? idsOf(exchange, members, 'not_found') : [];
  if (more.length > 0) throw new Problem('bad_request', 'one member is asked to leave at a time');
  exchange.body(MAX_BODY_BYTES, () => {
    backend.leave(leaving, (outcome) => {
      if (!outcome.ok) return exchange.problem(Problem.from(outcome));
      exchange.json(202, { leaving, watch: WATCH });
    });
  });
}

/** `POST /admin/remove`: dead members are to be members no more. */
export function postRemove(exchange: Exchange, context: DoorContext): void {
  exchange.allowParameters('id', 'force');
  const ids = idsOf(exchange, allMembers(ringOf(context)), 'not_found');
  const force = isForced(exchange, ids);
  exchange.body(MAX_BODY_BYTES, () => {
    context.backend.remove({ ids, force }, (outcome) => {
      if (outcome.ok) exchange.json(202, removalAnswer(outcome));
      else exchange.problem(Problem.from(outcome));
    });
  });
}

/** `POST /admin/epoch`: the same members and owners, with the next epoch, or the next `above=`. */
export function postEpoch(exchange: Exchange, { backend }: DoorContext): void {
  exchange.allowParameters('above');
  const above = exchange.integer('above', 0, MOST_ABOVE) ?? 0;
  exchange.body(MAX_BODY_BYTES, () => {
    const epoch = backend.renewEpoch(above);
    if (typeof epoch === 'string') throw new Problem('change_refused', epoch);
    const next = Math.max(epoch, above) + 1;
    exchange.json(202, { epoch, next, effect: EFFECT_OF_EPOCH, watch: WATCH });
  });
}

export function ringOf({ backend }: DoorContext): Ring {
  const ring = backend.ring();
  if (!ring) throw new Problem('not_ready', 'this node has no ring yet');
  return ring;
}

function changeOf(exchange: Exchange, ring: Ring): MemberChange {
  const word = exchange.parameters.get('plan') ?? '';
  const kind = CHANGES.find((each) => each === word);
  if (kind === undefined) throw unknownChange(word);
  if (kind === 'join') {
    exchange.allowParameters('plan', 'count', 'weight', 'zone');
    return {
      kind,
      count: exchange.integer('count', 1, MAX_NEWCOMERS) ?? 1,
      weight: exchange.integer('weight', 1, MAX_WEIGHT) ?? 1,
      zone: zoneOf(exchange),
    };
  }
  exchange.allowParameters('plan', 'id');
  const members = targetMembers(ring);
  const ids = idsOf(exchange, members, 'bad_request');
  if (kind !== 'replace' && ids.length === members.length) {
    throw new Problem('bad_request', 'no member would be left');
  }
  return { kind, ids };
}

function unknownChange(word: string): Problem {
  const meant = nearMiss(word.slice(0, 100), CHANGES);
  const hint = meant ? `; did you mean ${meant}?` : '';
  return new Problem('bad_request', `plan has to be one of ${CHANGES.join(', ')}${hint}`);
}

function zoneOf(exchange: Exchange): string {
  const zone = exchange.parameters.get('zone') ?? 'default';
  if (isZone(zone)) return zone;
  throw new Problem('bad_request', `zone has to be a name of up to ${MAX_ZONE_LETTERS} letters`);
}

/** The ids in `id=`, separated by commas: each a member, and each once. */
function idsOf(exchange: Exchange, members: readonly Member[], unknown: ProblemCode): NodeId[] {
  const known = members.map(({ id }) => id);
  const ids = exchange.parameters.get('id')?.split(',') ?? [];
  if (ids.length === 0) {
    throw new Problem('bad_request', `id is missing; the members are ${named(known)}`);
  }
  for (const [index, id] of ids.entries()) {
    if (!known.includes(id)) {
      const shown = quoted(id, 40);
      throw new Problem(unknown, `there is no member ${shown}; the members are ${named(known)}`);
    }
    if (ids.indexOf(id) < index) throw new Problem('bad_request', `${id} is named twice`);
  }
  return ids;
}

/** The ids stand there once more, so that nobody forces by a habit of the fingers. */
function isForced(exchange: Exchange, ids: readonly NodeId[]): boolean {
  const force = exchange.parameters.get('force');
  if (force === null) return false;
  if (force === ids.join(',')) return true;
  throw new Problem('bad_request', `force has to repeat what is to be removed: ${ids.join(',')}`);
}

export type RemovalAnswer = ReturnType<typeof removalAnswer>;

function removalAnswer({ removing, forced, lost, incomplete }: Removal) {
  if (!forced) return { removing, forced, watch: WATCH };
  const warning = `Removed without a majority: ${whatMayBeLost(lost.length, incomplete.length)}`;
  return {
    removing,
    forced,
    warning,
    lost: shortened(lost),
    incomplete: shortened(incomplete),
    watch: WATCH,
  };
}

/** How many, and the first of them. */
function shortened<T>(list: readonly T[]): { count: number; first: readonly T[] } {
  return { count: list.length, first: list.slice(0, LISTED) };
}
