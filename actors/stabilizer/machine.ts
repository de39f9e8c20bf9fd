/**
 * The stabilizer: brings data to where the ring says it belongs.
 * States, waits and events: `actors/README.md`.
 *
 * A new ring leaves every state. A transition that starts over moves nothing twice, because a pull
 * moves only what differs; and what work for an older ring still brings is told by its epoch.
 */
import { assign, cancel, emit, enqueueActions, raise, setup } from 'xstate';
import { notProvided } from '../effects.js';
import type { Difference, StabilizerEvent, StabilizerFact } from './events.js';

/** Partitions pulled at the same time: while one waits for an answer, another one stores. */
export const PULLS_AT_ONCE = 4;

interface Context {
  epoch: number;
  /** Gained partitions that nobody pulls at the moment. */
  queued: readonly number[];
  /** Gained partitions that are being pulled. */
  pulling: readonly number[];
  /** Of gained partitions, and what was fetched for them so far. */
  total: number;
  records: number;
  bytes: number;
  /** Why the last pull failed, or the last leftover was kept, if it was so. */
  waitingBecause: string | undefined;
  /** The partitions of this node while the ring is stable. */
  owned: readonly number[];
  /** To be compared before the others. */
  dirty: readonly number[];
  /** Still to be compared in this round. */
  uncompared: readonly number[];
  /** Partitions of others of which rows are held here, still to be looked at in this round. */
  leftovers: readonly number[];
  /** The one that is being compared or repaired. */
  partition: number;
  differences: readonly Difference[];
}

const NOTHING = {
  queued: [],
  pulling: [],
  total: 0,
  records: 0,
  bytes: 0,
  waitingBecause: undefined,
  uncompared: [],
  leftovers: [],
  partition: 0,
  differences: [],
};

/** The params of guards and actions that only hold for work on the ring in force. */
const epochOf = ({ event }: { event: { epoch: number } }) => ({ epoch: event.epoch });

export const stabilizerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as StabilizerEvent,
    emitted: {} as StabilizerFact,
  },
  // The host spreads the comparisons of a round over its interval.
  delays: {
    retryPull: 500,
    reportAgain: 1000,
    tellAgain: 1000,
    nextComparison: 1000,
    lookAgain: 500,
  },
  guards: {
    isThisEpoch: ({ context }, params: { epoch: number }) => context.epoch === params.epoch,
    gainsNothing: (_, params: { partitions: readonly number[] }) => params.partitions.length === 0,
    allPulled: ({ context }) => context.queued.length + context.pulling.length === 0,
    hasLeftovers: ({ context }) => context.leftovers.length > 0,
    roundGoesOn: ({ context }) => context.dirty.length + context.uncompared.length > 0,
    differs: (
      { context },
      { epoch, differences }: { epoch: number; differences: readonly Difference[] },
    ) => context.epoch === epoch && differences.length > 0,
    wasRepaired: ({ context }, { epoch, records }: { epoch: number; records: number }) =>
      context.epoch === epoch && records > 0,
  },
  actions: {
    begin: assign((_, params: { epoch: number; partitions: readonly number[] }) => ({
      ...NOTHING,
      epoch: params.epoch,
      queued: params.partitions,
      total: params.partitions.length,
    })),
    settle: assign(({ context }, params: { epoch: number; owned: readonly number[] }) => ({
      ...NOTHING,
      epoch: params.epoch,
      owned: params.owned,
      dirty: context.dirty.filter((partition) => params.owned.includes(partition)),
    })),
    notePulled: assign(
      ({ context }, params: { partition: number; records: number; bytes: number }) => ({
        pulling: without(context.pulling, params.partition),
        records: context.records + params.records,
        bytes: context.bytes + params.bytes,
        waitingBecause: undefined,
      }),
    ),
    /** The others come first when it goes on. */
    noteFailed: assign(
      (
        { context },
        params: { partition: number; reason: string; records: number; bytes: number },
      ) => ({
        pulling: without(context.pulling, params.partition),
        queued: [...context.queued, params.partition],
        records: context.records + params.records,
        bytes: context.bytes + params.bytes,
        waitingBecause: params.reason,
      }),
    ),
    noteRound: assign(({ context }, params: { leftovers: readonly number[]; start: number }) => ({
      leftovers: params.leftovers,
      uncompared: rotated(context.owned, params.start),
    })),
    noteDropped: assign(({ context }) => ({
      leftovers: context.leftovers.slice(1),
      waitingBecause: undefined,
    })),
    noteKept: assign(({ context }, params: { reason: string }) => ({
      leftovers: context.leftovers.slice(1),
      waitingBecause: params.reason,
    })),
    noteDirty: assign(({ context }, { partition }: { partition: number }) => {
      const { dirty, owned } = context;
      const isNew = owned.includes(partition) && !dirty.includes(partition);
      return isNew ? { dirty: [...dirty, partition] } : {};
    }),
    takeNext: assign(({ context }) => {
      const partition = context.dirty[0] ?? context.uncompared[0]!;
      return {
        partition,
        dirty: without(context.dirty, partition),
        uncompared: without(context.uncompared, partition),
      };
    }),
    noteDifferences: assign({
      differences: (_, params: { differences: readonly Difference[] }) => params.differences,
    }),
    tellProgress: emit(({ context }) => ({
      type: 'transfer.progress' as const,
      ...howFar(context),
    })),
    tellDone: emit(({ context: { epoch, records, bytes } }) => ({
      type: 'transfer.done' as const,
      epoch,
      records,
      bytes,
    })),
    tellRepaired: emit(({ context }, params: { records: number; bytes: number }) => ({
      type: 'repair.done' as const,
      partition: context.partition,
      records: params.records,
      bytes: params.bytes,
    })),
    tellCollected: emit((_, params: { partition: number; rows: number }) => ({
      type: 'partition.collected' as const,
      ...params,
    })),
    pull: notProvided<{ epoch: number; partition: number }>('stabilizer', 'pull'),
    reportPulled: notProvided('stabilizer', 'reportPulled'),
    tellHowFar: notProvided<ReturnType<typeof howFar>>('stabilizer', 'tellHowFar'),
    survey: notProvided('stabilizer', 'survey'),
    collect: notProvided<{ epoch: number; partition: number }>('stabilizer', 'collect'),
    compare: notProvided<{ epoch: number; partition: number }>('stabilizer', 'compare'),
    repair: notProvided<{ epoch: number; partition: number; differences: readonly Difference[] }>(
      'stabilizer',
      'repair',
    ),
  },
}).createMachine({
  id: 'stabilizer',
  context: { ...NOTHING, epoch: 0, owned: [], dirty: [] },
  initial: 'idle',
  on: {
    'transition.began': [
      {
        guard: { type: 'gainsNothing', params: ({ event }) => event },
        target: '.idle',
        actions: { type: 'begin', params: ({ event }) => event },
      },
      {
        target: '.gaining',
        reenter: true,
        actions: { type: 'begin', params: ({ event }) => event },
      },
    ],
    'ring.settled': {
      target: '.surveying',
      reenter: true,
      actions: { type: 'settle', params: ({ event }) => event },
    },
    'partition.dirty': { actions: { type: 'noteDirty', params: ({ event }) => event } },
  },
  states: {
    idle: {},
    gaining: {
      entry: raise({ type: 'progress.due' }, { delay: 'tellAgain', id: 'telling' }),
      exit: cancel('telling'),
      on: {
        'progress.due': {
          actions: [
            { type: 'tellHowFar', params: ({ context }) => howFar(context) },
            raise({ type: 'progress.due' }, { delay: 'tellAgain', id: 'telling' }),
          ],
        },
        'pull.failed': {
          guard: { type: 'isThisEpoch', params: epochOf },
          target: '.waiting',
          actions: { type: 'noteFailed', params: ({ event }) => event },
        },
      },
      initial: 'pulling',
      states: {
        pulling: {
          always: { guard: 'allPulled', target: '#reporting', actions: 'tellDone' },
          entry: enqueueActions(({ context, enqueue }) => {
            const room = PULLS_AT_ONCE - context.pulling.length;
            const partitions = context.queued.slice(0, room);
            enqueue.assign({
              queued: context.queued.slice(room),
              pulling: [...context.pulling, ...partitions],
            });
            for (const partition of partitions) {
              enqueue({ type: 'pull', params: { epoch: context.epoch, partition } });
            }
          }),
          on: {
            'partition.pulled': {
              guard: { type: 'isThisEpoch', params: epochOf },
              target: 'pulling',
              reenter: true,
              actions: [{ type: 'notePulled', params: ({ event }) => event }, 'tellProgress'],
            },
          },
        },
        waiting: {
          after: { retryPull: 'pulling' },
          on: {
            'partition.pulled': {
              guard: { type: 'isThisEpoch', params: epochOf },
              actions: [{ type: 'notePulled', params: ({ event }) => event }, 'tellProgress'],
            },
            'pull.failed': {
              guard: { type: 'isThisEpoch', params: epochOf },
              actions: { type: 'noteFailed', params: ({ event }) => event },
            },
          },
        },
      },
    },
    reporting: {
      id: 'reporting',
      entry: [{ type: 'tellHowFar', params: ({ context }) => howFar(context) }, 'reportPulled'],
      after: { reportAgain: { target: 'reporting', reenter: true } },
    },
    surveying: {
      entry: 'survey',
      on: {
        'round.began': {
          guard: { type: 'isThisEpoch', params: epochOf },
          target: 'choosing',
          actions: { type: 'noteRound', params: ({ event }) => event },
        },
      },
    },
    choosing: {
      always: [{ guard: 'hasLeftovers', target: 'collecting' }, { target: 'resting' }],
    },
    collecting: {
      entry: {
        type: 'collect',
        params: ({ context }) => ({ epoch: context.epoch, partition: context.leftovers[0]! }),
      },
      on: {
        'leftover.dropped': {
          guard: { type: 'isThisEpoch', params: epochOf },
          target: 'choosing',
          actions: [
            'noteDropped',
            {
              type: 'tellCollected',
              params: ({ event: { partition, rows } }) => ({ partition, rows }),
            },
          ],
        },
        'leftover.kept': {
          guard: { type: 'isThisEpoch', params: epochOf },
          target: 'choosing',
          actions: { type: 'noteKept', params: ({ event }) => event },
        },
      },
    },
    resting: {
      after: {
        nextComparison: [{ guard: 'roundGoesOn', target: 'comparing' }, { target: 'surveying' }],
      },
    },
    comparing: {
      entry: [
        'takeNext',
        {
          type: 'compare',
          params: ({ context: { epoch, partition } }) => ({ epoch, partition }),
        },
      ],
      on: {
        'partition.compared': [
          {
            guard: { type: 'differs', params: ({ event }) => event },
            target: 'lookingTwice',
            actions: { type: 'noteDifferences', params: ({ event }) => event },
          },
          { guard: { type: 'isThisEpoch', params: epochOf }, target: 'resting' },
        ],
      },
    },
    lookingTwice: { after: { lookAgain: 'repairing' } },
    repairing: {
      entry: {
        type: 'repair',
        params: ({ context: { epoch, partition, differences } }) => ({
          epoch,
          partition,
          differences,
        }),
      },
      on: {
        'partition.repaired': [
          {
            guard: { type: 'wasRepaired', params: ({ event }) => event },
            target: 'resting',
            actions: { type: 'tellRepaired', params: ({ event }) => event },
          },
          { guard: { type: 'isThisEpoch', params: epochOf }, target: 'resting' },
        ],
      },
    },
  },
});

/** How far a node is with what it gains in a transition, in partitions, and what it fetched. */
export function howFar({ epoch, total, queued, pulling, records, bytes }: Context) {
  return { epoch, done: total - queued.length - pulling.length, total, records, bytes };
}

function without(partitions: readonly number[], partition: number): number[] {
  return partitions.filter((each) => each !== partition);
}

/** The same circle, begun at another place. */
function rotated(partitions: readonly number[], start: number): number[] {
  const first = Math.floor(start * partitions.length);
  return [...partitions.slice(first), ...partitions.slice(0, first)];
}
