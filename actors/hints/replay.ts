/**
 * The hints for one node: brings it what it has missed, as soon as it is there, one batch after the
 * other, until none is left. States, waits and events: `actors/README.md`.
 *
 * Which batch is next, and whether the target is there at all, is found out by `lookAfter`.
 */
import { assign, sendParent, setup } from 'xstate';
import type { NodeId } from '../../src/core/data/version.js';
import { notProvided } from '../effects.js';

export type TargetEvent =
  /** `dropped`: hints that were of no use any more. */
  | { type: 'batch.taken'; records: number; dropped: number; pauseMs: number }
  /** The target is away, or took nothing. */
  | { type: 'delivery.failed'; reason: string }
  /** None is left. */
  | { type: 'hints.ended' }
  /** The node is about to leave: whoever is there is to have its hints now. */
  | { type: 'hints.flush' };

/** What it tells its parent. */
export type TargetNews =
  /** It has been tried, and nothing more can be done for now. */
  | { type: 'target.waits'; target: NodeId }
  /** It has all that it missed: `records` were taken, `dropped` were of no use any more. */
  | { type: 'target.drained'; target: NodeId; records: number; dropped: number };

interface Context {
  readonly target: NodeId;
  records: number;
  dropped: number;
  /** As the target has asked for with its last answer. */
  pauseMs: number;
  /** Why the last batch was not taken, if it was so. */
  waitingBecause: string | undefined;
}

type Taken = Pick<Context, 'records' | 'dropped' | 'pauseMs'>;

export const targetMachine = setup({
  types: {
    context: {} as Context,
    input: {} as { target: NodeId },
    events: {} as TargetEvent,
  },
  delays: { lookAgain: 1000, pause: ({ context }) => context.pauseMs },
  actions: {
    noteTaken: assign(({ context }, { records, dropped, pauseMs }: Taken) => ({
      records: context.records + records,
      dropped: context.dropped + dropped,
      pauseMs,
      waitingBecause: undefined,
    })),
    noteFailed: assign({ waitingBecause: (_, { reason }: { reason: string }) => reason }),
    tellWaiting: sendParent(
      ({ context: { target } }): TargetNews => ({ type: 'target.waits', target }),
    ),
    tellDrained: sendParent(
      ({ context: { target, records, dropped } }): TargetNews => ({
        type: 'target.drained',
        target,
        records,
        dropped,
      }),
    ),
    lookAfter: notProvided<{ target: NodeId }>('target', 'lookAfter'),
  },
}).createMachine({
  id: 'target',
  context: ({ input }) => ({
    ...input,
    records: 0,
    dropped: 0,
    pauseMs: 0,
    waitingBecause: undefined,
  }),
  // At once it would hardly be back.
  initial: 'waiting',
  states: {
    waiting: {
      after: { lookAgain: 'delivering' },
      on: { 'hints.flush': 'delivering' },
    },
    delivering: {
      entry: { type: 'lookAfter', params: ({ context: { target } }) => ({ target }) },
      on: {
        'batch.taken': {
          target: 'pausing',
          actions: { type: 'noteTaken', params: ({ event }) => event },
        },
        'delivery.failed': {
          target: 'waiting',
          actions: [{ type: 'noteFailed', params: ({ event }) => event }, 'tellWaiting'],
        },
        'hints.ended': 'drained',
        // It is at it.
        'hints.flush': {},
      },
    },
    pausing: {
      after: { pause: 'delivering' },
      // The pause is the target's own wish.
      on: { 'hints.flush': {} },
    },
    drained: { type: 'final', entry: 'tellDrained' },
  },
});
