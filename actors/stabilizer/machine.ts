/**
 * The stabilizer: brings data to where the ring says it belongs.
 * States, waits and events: `actors/README.md`.
 *
 * `transition.ended` leaves every state for idle, and a new transition starts over: a pull moves
 * only what differs, so what an earlier one brought is not moved again.
 */
import { assign, emit, setup } from 'xstate';

export type StabilizerEvent =
  | { type: 'transition.began'; epoch: number; partitions: readonly number[] }
  | { type: 'transition.ended'; epoch: number }
  | { type: 'partition.pulled'; epoch: number; partition: number; records: number; bytes: number }
  | { type: 'pull.failed'; epoch: number; partition: number; reason: string };

export type StabilizerFact =
  | { type: 'transfer.progress'; epoch: number; done: number; total: number }
  | { type: 'transfer.done'; epoch: number; records: number; bytes: number };

interface Context {
  epoch: number;
  /** Gained partitions still to be pulled; the first one is being pulled. */
  remaining: readonly number[];
  total: number;
  records: number;
  bytes: number;
}

const notProvided = () => {
  throw new Error('not provided');
};

export const stabilizerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as StabilizerEvent,
    emitted: {} as StabilizerFact,
  },
  delays: { retryPull: 500, reportAgain: 1000 },
  guards: {
    nothingRemains: ({ context }) => context.remaining.length === 0,
    isThisEpoch: ({ context }, params: { epoch: number }) => context.epoch === params.epoch,
  },
  actions: {
    begin: assign((_, params: { epoch: number; partitions: readonly number[] }) => ({
      epoch: params.epoch,
      remaining: params.partitions,
      total: params.partitions.length,
      records: 0,
      bytes: 0,
    })),
    notePulled: assign(({ context }, params: { records: number; bytes: number }) => ({
      remaining: context.remaining.slice(1),
      records: context.records + params.records,
      bytes: context.bytes + params.bytes,
    })),
    tellProgress: emit(({ context: { epoch, total, remaining } }) => ({
      type: 'transfer.progress' as const,
      epoch,
      done: total - remaining.length,
      total,
    })),
    tellDone: emit(({ context: { epoch, records, bytes } }) => ({
      type: 'transfer.done' as const,
      epoch,
      records,
      bytes,
    })),
    pullNext: notProvided,
    reportPulled: notProvided,
  },
}).createMachine({
  id: 'stabilizer',
  context: { epoch: 0, remaining: [], total: 0, records: 0, bytes: 0 },
  initial: 'idle',
  on: {
    'transition.began': {
      target: '.pulling',
      reenter: true,
      actions: {
        type: 'begin',
        params: ({ event }) => ({ epoch: event.epoch, partitions: event.partitions }),
      },
    },
    'transition.ended': '.idle',
  },
  states: {
    idle: {},
    pulling: {
      always: { guard: 'nothingRemains', target: 'reporting', actions: 'tellDone' },
      entry: 'pullNext',
      on: {
        'partition.pulled': {
          guard: { type: 'isThisEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
          target: 'pulling',
          reenter: true,
          actions: [
            {
              type: 'notePulled',
              params: ({ event }) => ({ records: event.records, bytes: event.bytes }),
            },
            'tellProgress',
          ],
        },
        'pull.failed': {
          guard: { type: 'isThisEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
          target: 'waiting',
        },
      },
    },
    waiting: { after: { retryPull: 'pulling' } },
    reporting: {
      entry: 'reportPulled',
      after: { reportAgain: { target: 'reporting', reenter: true } },
    },
  },
});
