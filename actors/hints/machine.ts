/**
 * Hinted handoff: brings what other nodes have missed to them, as soon as they are there.
 * States, waits and events: `actors/README.md`.
 *
 * Intuition: each node that has missed something has an actor here (`replay.ts`), from its first
 * hint until none is left. Each has at most one batch under way, and the target says how long to
 * pause before the next; so the receiver sets the rate, and one that is slow or away keeps no other
 * one waiting. What each of them waits for is its own state; what the node waits for is who there
 * is, and, before it leaves, who has not been tried yet.
 *
 * What it costs: an actor for each target, not for each hint. Requests keep hints by the thousand,
 * and the chart hears of the first one for each target.
 *
 * Reference: Dynamo, SOSP 2007, §4.6; there a hint counts as a replica, here it never does.
 *
 * Rejected alternative: one chart with a list of targets and their phases. Its own state would be a
 * summary that it works out after every event, and each event would have to name its target.
 */
import { assign, emit, enqueueActions, setup, stopChild } from 'xstate';
import { assert } from '../../src/core/assert.js';
import type { NodeId } from '../../src/core/data/version.js';
import { notProvided } from '../effects.js';
import { type TargetNews, targetMachine } from './replay.js';

export type HintsEvent =
  /** A hint for this target is on disk. */
  | { type: 'hint.kept'; target: NodeId }
  /** The node is about to leave: who is there is to have its hints now. */
  | { type: 'hints.flush' }
  | TargetNews;

export type HintsFact =
  /** The first one for a target. */
  { type: 'hint.kept'; target: NodeId } | DrainedFact;
/** `records` were taken by the target; `dropped` were of no use any more. */
type DrainedFact = {
  type: 'hint.drained';
  target: NodeId;
  records: number;
  dropped: number;
};

interface Context {
  /** Every node for which there are hints; each is the id of a child. */
  targets: readonly NodeId[];
  /** Those of them that have not been tried since a flush began. */
  untried: readonly NodeId[];
}

type Target = { readonly target: NodeId };

type Drained = Extract<TargetNews, { type: 'target.drained' }>;
const drained = {
  actions: [
    { type: 'tellDrained' as const, params: ({ event }: { event: Drained }) => event },
    { type: 'forget' as const, params: ({ event }: { event: Drained }) => event },
    { type: 'end' as const, params: ({ event }: { event: Drained }) => event },
  ],
};

export const hintsMachine = setup({
  types: {
    context: {} as Context,
    events: {} as HintsEvent,
    emitted: {} as HintsFact,
  },
  actors: { target: targetMachine },
  delays: { flushLimit: 30_000 },
  guards: {
    isNew: ({ context }, { target }: Target) => !context.targets.includes(target),
    hasAny: ({ context }) => context.targets.length > 0,
    hasNone: ({ context }) => context.targets.length === 0,
    allTried: ({ context }) => context.untried.length === 0,
  },
  actions: {
    noteTarget: assign(({ context }, { target }: Target) => ({
      targets: [...context.targets, target],
    })),
    noteTried: assign(({ context }, { target }: Target) => ({
      untried: context.untried.filter((each) => each !== target),
    })),
    forget: assign(({ context: { targets, untried } }, { target }: Target) => {
      assert(targets.includes(target), 'who is drained had hints');
      const others = (each: NodeId) => each !== target;
      return { targets: targets.filter(others), untried: untried.filter(others) };
    }),
    tellDrained: emit((_, { target, records, dropped }: Omit<DrainedFact, 'type'>) => ({
      type: 'hint.drained' as const,
      target,
      records,
      dropped,
    })),
    /** A final state alone does not make a child go. */
    end: stopChild((_, { target }: Target) => target),
    beginFlush: enqueueActions(({ context: { targets }, enqueue }) => {
      enqueue.assign({ untried: targets });
      for (const target of targets) enqueue.sendTo(target, { type: 'hints.flush' });
    }),
    flushed: notProvided('hints', 'flushed'),
  },
}).createMachine({
  id: 'hints',
  context: { targets: [], untried: [] },
  initial: 'empty',
  on: {
    'hint.kept': [
      {
        guard: { type: 'isNew', params: ({ event }) => event },
        actions: enqueueActions(({ event: { target }, enqueue }) => {
          enqueue({ type: 'noteTarget', params: { target } });
          enqueue.emit({ type: 'hint.kept', target });
          enqueue.spawnChild('target', { id: target, input: { target } });
        }),
      },
      {},
    ],
  },
  states: {
    empty: {
      always: { guard: 'hasAny', target: 'keeping' },
      on: { 'hints.flush': { actions: 'flushed' } },
    },
    keeping: {
      always: { guard: 'hasNone', target: 'empty' },
      on: {
        'target.drained': drained,
        // It looks again by itself.
        'target.waits': {},
        'hints.flush': 'flushing',
      },
    },
    flushing: {
      entry: 'beginFlush',
      always: { guard: 'allTried', target: 'keeping' },
      after: { flushLimit: 'keeping' },
      exit: 'flushed',
      on: {
        'target.drained': drained,
        'target.waits': { actions: { type: 'noteTried', params: ({ event }) => event } },
        'hints.flush': {},
      },
    },
  },
});
