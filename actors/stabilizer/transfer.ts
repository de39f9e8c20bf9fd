/**
 * A transfer: pulls the partitions that this node gains in one transition, and reports them until
 * the transition ends. States, waits and events: `actors/README.md`.
 *
 * A transition that starts over has a transfer of its own. That moves nothing twice, because a pull
 * moves only what differs.
 */
import { assign, cancel, enqueueActions, raise, sendParent, setup } from 'xstate';
import { assert } from '../../src/core/assert.js';
import { notProvided } from '../effects.js';
import type { Fetched, StabilizerFact } from './events.js';

/** Partitions pulled at the same time: while one waits for an answer, another one stores. */
const PULLS_AT_ONCE = 4;

export type TransferEvent =
  | ({ type: 'partition.pulled'; partition: number } & Fetched)
  /** `records` and `bytes` came before it failed, and stay. */
  | ({ type: 'pull.failed'; partition: number; reason: string } & Fetched)
  | { type: 'progress.due' };

export interface TransferInput {
  readonly epoch: number;
  /** Those that this node gains. */
  readonly partitions: readonly number[];
}

interface Context {
  readonly epoch: number;
  /** Gained partitions that nobody pulls at the moment. */
  queued: readonly number[];
  /** Gained partitions that are being pulled. */
  pulling: readonly number[];
  /** Of gained partitions, and what was fetched for them so far. */
  readonly total: number;
  records: number;
  bytes: number;
  /** Why the last pull failed, if it did. */
  waitingBecause: string | undefined;
}

export const transferMachine = setup({
  types: {
    context: {} as Context,
    input: {} as TransferInput,
    events: {} as TransferEvent,
  },
  delays: { retryPull: 500, reportAgain: 1000, tellAgain: 1000 },
  guards: {
    allPulled: ({ context }) => context.queued.length + context.pulling.length === 0,
  },
  actions: {
    notePulled: assign(({ context }, params: { partition: number } & Fetched) => ({
      pulling: without(context.pulling, params.partition),
      records: context.records + params.records,
      bytes: context.bytes + params.bytes,
      waitingBecause: undefined,
    })),
    /** The others come first when it goes on. */
    noteFailed: assign(({ context }, params: { partition: number; reason: string } & Fetched) => ({
      pulling: without(context.pulling, params.partition),
      queued: [...context.queued, params.partition],
      records: context.records + params.records,
      bytes: context.bytes + params.bytes,
      waitingBecause: params.reason,
    })),
    tellProgress: sendParent(
      ({ context }): StabilizerFact => ({ type: 'transfer.progress', ...howFar(context) }),
    ),
    tellDone: sendParent(
      ({ context: { epoch, records, bytes } }): StabilizerFact => ({
        type: 'transfer.done',
        epoch,
        records,
        bytes,
      }),
    ),
    pull: notProvided<{ epoch: number; partition: number }>('transfer', 'pull'),
    reportPulled: notProvided<{ epoch: number }>('transfer', 'reportPulled'),
    tellHowFar: notProvided<ReturnType<typeof howFar>>('transfer', 'tellHowFar'),
  },
}).createMachine({
  id: 'transfer',
  context: ({ input: { epoch, partitions } }) => ({
    epoch,
    queued: partitions,
    pulling: [],
    total: partitions.length,
    records: 0,
    bytes: 0,
    waitingBecause: undefined,
  }),
  initial: 'gaining',
  states: {
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
          target: '.waiting',
          actions: [{ type: 'noteFailed', params: ({ event }) => event }, 'tellProgress'],
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
              actions: [{ type: 'notePulled', params: ({ event }) => event }, 'tellProgress'],
            },
            'pull.failed': {
              actions: [{ type: 'noteFailed', params: ({ event }) => event }, 'tellProgress'],
            },
          },
        },
      },
    },
    reporting: {
      id: 'reporting',
      entry: [
        { type: 'tellHowFar', params: ({ context }) => howFar(context) },
        { type: 'reportPulled', params: ({ context: { epoch } }) => ({ epoch }) },
      ],
      after: { reportAgain: { target: 'reporting', reenter: true } },
    },
  },
});

/** How far a node is with what it gains in a transition, in partitions, and what it fetched. */
export function howFar({ epoch, total, queued, pulling, records, bytes }: Context) {
  const done = total - queued.length - pulling.length;
  assert(done >= 0, 'no more partitions are left to pull than were gained');
  return { epoch, done, total, records, bytes };
}

function without(pulling: readonly number[], partition: number): number[] {
  assert(pulling.includes(partition), 'what came was being pulled');
  return pulling.filter((each) => each !== partition);
}
