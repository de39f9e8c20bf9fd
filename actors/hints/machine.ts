/**
 * Hinted handoff: brings what other nodes have missed to them, as soon as they are there.
 * States, waits and events: `actors/README.md`.
 *
 * Intuition: each target has at most one batch under way, and each says how long to pause before
 * the next; so the receiver sets the rate, and one that is slow or away keeps no other one waiting.
 * Which batch that is, and whether the target is there at all, is found out by `lookAfter`.
 *
 * Reference: Dynamo, SOSP 2007, §4.6; there a hint counts as a replica, here it never does.
 *
 * Rejected alternative: an actor for each target. What one waits for would be clearer, but what the
 * node waits for would be nowhere.
 */
import { assign, emit, enqueueActions, setup } from 'xstate';
import type { NodeId } from '../../src/core/data/version.js';
import { notProvided } from '../effects.js';

export type HintsEvent =
  /** A hint for this target is on disk. */
  | { type: 'hint.kept'; target: NodeId }
  | { type: 'target.due'; target: NodeId }
  /** `dropped`: hints that were of no use any more. */
  | { type: 'batch.taken'; target: NodeId; records: number; dropped: number; pauseMs: number }
  /** The target is away, or took nothing. */
  | { type: 'delivery.failed'; target: NodeId; reason: string }
  /** None is left for this target. */
  | { type: 'hints.ended'; target: NodeId }
  /** The node is about to leave: who is there is to have its hints now. */
  | { type: 'hints.flush' };

/** `records` were taken by the target; `dropped` were of no use any more. */
export type HintsFact = {
  type: 'hints.drained';
  target: NodeId;
  records: number;
  dropped: number;
};

export interface Delivery {
  /** `waiting`: it is away, or took nothing; `pausing`: as it has asked for. */
  readonly phase: 'waiting' | 'delivering' | 'pausing';
  readonly records: number;
  readonly dropped: number;
  readonly waitingBecause?: string;
}

interface Context {
  /** Every node for which there are hints. */
  targets: { readonly [target: NodeId]: Delivery };
}

type Target = { readonly target: NodeId };

const isAny = (phase: Delivery['phase'], { targets }: Context) =>
  Object.values(targets).some((delivery) => delivery.phase === phase);

export const hintsMachine = setup({
  types: {
    context: {} as Context,
    events: {} as HintsEvent,
    emitted: {} as HintsFact,
  },
  delays: { lookAgain: 1000 },
  guards: {
    isNew: ({ context }, { target }: Target) => !(target in context.targets),
    isDelivering: ({ context }) => isAny('delivering', context),
    isPausing: ({ context }) => isAny('pausing', context),
    isWaiting: ({ context }) => isAny('waiting', context),
  },
  actions: {
    note: assign(({ context }, params: Target & Partial<Delivery>) => {
      const { target, ...news } = params;
      const known = context.targets[target] ?? { phase: 'waiting', records: 0, dropped: 0 };
      return { targets: { ...context.targets, [target]: { ...known, ...news } } };
    }),
    noteTaken: assign(({ context }, params: Target & { records: number; dropped: number }) => {
      const { records, dropped } = context.targets[params.target]!;
      const delivery = {
        phase: 'pausing' as const,
        records: records + params.records,
        dropped: dropped + params.dropped,
      };
      return { targets: { ...context.targets, [params.target]: delivery } };
    }),
    forget: assign(({ context }, { target }: Target) => {
      const { [target]: _, ...targets } = context.targets;
      return { targets };
    }),
    tellDrained: emit(({ context }, { target }: Target) => {
      const { records, dropped } = context.targets[target]!;
      return { type: 'hints.drained' as const, target, records, dropped };
    }),
    lookAfter: notProvided<Target>('hints', 'lookAfter'),
  },
}).createMachine({
  id: 'hints',
  context: { targets: {} },
  initial: 'empty',
  on: {
    'hint.kept': [
      {
        guard: { type: 'isNew', params: ({ event }) => event },
        target: '.choosing',
        // At once it would hardly be back.
        actions: enqueueActions(({ event: { target }, enqueue }) => {
          enqueue({ type: 'note', params: { target } });
          enqueue.raise({ type: 'target.due', target }, { delay: 'lookAgain', id: target });
        }),
      },
      {},
    ],
    'target.due': {
      target: '.choosing',
      actions: [
        {
          type: 'note',
          params: ({ event: { target } }) => ({ target, phase: 'delivering' as const }),
        },
        { type: 'lookAfter', params: ({ event: { target } }) => ({ target }) },
      ],
    },
    'batch.taken': {
      target: '.choosing',
      actions: enqueueActions(({ event, enqueue }) => {
        const { target, pauseMs: delay } = event;
        enqueue({ type: 'noteTaken', params: event });
        enqueue.raise({ type: 'target.due', target }, { delay, id: target });
      }),
    },
    'delivery.failed': {
      target: '.choosing',
      actions: enqueueActions(({ event: { target, reason }, enqueue }) => {
        enqueue({ type: 'note', params: { target, phase: 'waiting', waitingBecause: reason } });
        enqueue.raise({ type: 'target.due', target }, { delay: 'lookAgain', id: target });
      }),
    },
    'hints.ended': {
      target: '.choosing',
      actions: [
        { type: 'tellDrained', params: ({ event }) => event },
        { type: 'forget', params: ({ event }) => event },
      ],
    },
    'hints.flush': {
      actions: enqueueActions(({ context, enqueue }) => {
        for (const [target, { phase }] of Object.entries(context.targets)) {
          if (phase !== 'waiting') continue;
          enqueue.cancel(target);
          enqueue.raise({ type: 'target.due', target });
        }
      }),
    },
  },
  states: {
    empty: {},
    choosing: {
      always: [
        { guard: 'isDelivering', target: 'delivering' },
        { guard: 'isPausing', target: 'pausing' },
        { guard: 'isWaiting', target: 'waiting' },
        { target: 'empty' },
      ],
    },
    waiting: {},
    delivering: {},
    pausing: {},
  },
});
