/**
 * What becomes of rounds, seen from inside: how they end is told to clients, but not which way they
 * went. Methods are listened to, as for dead letters.
 */
import { ConditionalOperation } from '../../../actors/coordinator/caspaxos/operation.js';
import type { ConditionalStep } from '../../../actors/coordinator/caspaxos/steps.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';

/** What has to happen in a sweep, or rounds were not tested. */
export const ROUND_EVENTS = [
  'round begins',
  'round contended',
  'round lost to contention',
  'round stores',
  'identity stored',
  'read in one round trip',
  'read settled by a round',
  'value fetched from another',
  'precondition failed',
  'overtaken',
  'fenced while looking',
  'fenced while preparing',
  'fenced while storing',
  'settled for a pull or a hint',
] as const;
export type RoundEvent = (typeof ROUND_EVENTS)[number];

/** Calls `happened` for each from now on; returns how to stop it. */
export function watchRounds(happened: (event: RoundEvent) => void): () => void {
  const readers = new WeakSet<ConditionalOperation>();
  const { look, prepare, held, hurry, promised, stored, fenced } = ConditionalOperation.prototype;
  const { settle } = Coordinator.prototype;

  const seen = (self: ConditionalOperation, step: ConditionalStep): ConditionalStep => {
    const isRead = readers.has(self);
    if (step.next === 'prepare' && step.contended) happened('round contended');
    if (step.next === 'fetch') happened('value fetched from another');
    if (step.next === 'store') happened(isRead ? 'identity stored' : 'round stores');
    if (step.next === 'preconditionFailed') happened('precondition failed');
    if (step.next === 'found') {
      happened(self.round === 1 ? 'read in one round trip' : 'read settled by a round');
    }
    if (step.next !== 'failed') return step;
    if (step.why === 'overtaken') happened('overtaken');
    if (step.why === 'contention') happened('round lost to contention');
    return step;
  };
  Object.assign(ConditionalOperation.prototype, {
    look(this: ConditionalOperation, ...args: Parameters<typeof look>) {
      readers.add(this);
      look.apply(this, args);
    },
    prepare(this: ConditionalOperation, ...args: Parameters<typeof prepare>) {
      happened('round begins');
      prepare.apply(this, args);
    },
    held(this: ConditionalOperation, ...args: Parameters<typeof held>) {
      return seen(this, held.apply(this, args));
    },
    hurry(this: ConditionalOperation) {
      return seen(this, hurry.apply(this));
    },
    promised(this: ConditionalOperation, ...args: Parameters<typeof promised>) {
      return seen(this, promised.apply(this, args));
    },
    stored(this: ConditionalOperation, ...args: Parameters<typeof stored>) {
      return seen(this, stored.apply(this, args));
    },
    fenced(this: ConditionalOperation, ...args: Parameters<typeof fenced>) {
      const waits = fenced.apply(this, args);
      const during = { look: 'looking', prepare: 'preparing', store: 'storing' } as const;
      if (waits) happened(`fenced while ${during[args[2]]}`);
      return waits;
    },
  } satisfies Partial<ConditionalOperation>);
  Coordinator.prototype.settle = function (...args) {
    happened('settled for a pull or a hint');
    return settle.apply(this, args);
  };
  return () => {
    const methods = { look, prepare, held, hurry, promised, stored, fenced };
    Object.assign(ConditionalOperation.prototype, methods);
    Coordinator.prototype.settle = settle;
  };
}
