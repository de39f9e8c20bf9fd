/**
 * The stabilizer: brings data to where the ring says it belongs.
 * States, waits and events: `actors/README.md`.
 *
 * Each of its jobs is a child: while owners change a transfer, while the ring is stable
 * anti-entropy, garbage collection and the reaper. They are made anew for each ring, and that is
 * the fence: what comes of work for an older ring would be for a child that has ended, and reaches
 * nobody. So nobody has to compare epochs, and nothing that a child remembers is of another ring.
 *
 * Rejected alternative: one chart that does all of them by turns. Every guard and every event has
 * to carry the epoch then, and a leftover that is slow to go keeps the comparisons waiting.
 */
import { assign, emit, sendTo, setup } from 'xstate';
import { type AntiEntropyInput, antiEntropyMachine } from './anti-entropy.js';
import type { StabilizerEvent, StabilizerFact } from './events.js';
import { garbageCollectionMachine } from './garbage-collection.js';
import { reaperMachine } from './reaper.js';
import { transferMachine } from './transfer.js';

interface Context {
  epoch: number;
  /** What this node gains in the transition, if there is one. */
  gained: readonly number[];
  /** The partitions of this node, if the ring is stable. */
  owned: readonly number[];
  /**
   * To be compared before the others, as soon as there is somebody who compares. While there is,
   * it is up to them.
   */
  dirty: readonly number[];
  /** Hash trees that were not those of their rows, since this process began. */
  mismatches: number;
}

/** A fact of a child is told by its parent. */
const told = {
  actions: { type: 'tell' as const, params: ({ event }: { event: StabilizerFact }) => event },
};

export const stabilizerMachine = setup({
  types: {
    context: {} as Context,
    events: {} as StabilizerEvent | StabilizerFact,
    emitted: {} as StabilizerFact,
    children: {} as {
      transfer: 'transfer';
      antiEntropy: 'antiEntropy';
      garbageCollection: 'garbageCollection';
      reaper: 'reaper';
    },
  },
  actors: {
    transfer: transferMachine,
    antiEntropy: antiEntropyMachine,
    garbageCollection: garbageCollectionMachine,
    reaper: reaperMachine,
  },
  guards: {
    gainsNothing: (_, params: { partitions: readonly number[] }) => params.partitions.length === 0,
  },
  actions: {
    begin: assign((_, params: { epoch: number; partitions: readonly number[] }) => ({
      epoch: params.epoch,
      gained: params.partitions,
      owned: [],
    })),
    settle: assign(({ context }, params: { epoch: number; owned: readonly number[] }) => ({
      epoch: params.epoch,
      gained: [],
      owned: params.owned,
      dirty: context.dirty.filter((partition) => params.owned.includes(partition)),
    })),
    noteDirty: assign(({ context: { dirty } }, { partition }: { partition: number }) =>
      dirty.includes(partition) ? {} : { dirty: [...dirty, partition] },
    ),
    /** What its comparisons have not come to yet is left to those in the next ring. */
    takeBackDirty: assign(({ context, self }) => {
      const { antiEntropy } = self.getSnapshot().children;
      return { dirty: antiEntropy?.getSnapshot().context.dirty ?? context.dirty };
    }),
    noteMismatch: assign(({ context: { mismatches } }) => ({ mismatches: mismatches + 1 })),
    tell: emit((_, fact: StabilizerFact) => fact),
  },
}).createMachine({
  id: 'stabilizer',
  context: { epoch: 0, gained: [], owned: [], dirty: [], mismatches: 0 },
  initial: 'idle',
  on: {
    'transition.began': [
      {
        guard: { type: 'gainsNothing', params: ({ event }) => event },
        target: '.idle',
        actions: { type: 'begin', params: ({ event }) => event },
      },
      {
        target: '.transferring',
        actions: [
          { type: 'begin', params: ({ event }) => event },
          {
            type: 'tell',
            params: ({ event: { epoch, partitions } }) => ({
              type: 'transfer.began',
              epoch,
              total: partitions.length,
            }),
          },
        ],
      },
    ],
    'ring.settled': {
      target: '.maintaining',
      actions: { type: 'settle', params: ({ event }) => event },
    },
    'partition.dirty': { actions: { type: 'noteDirty', params: ({ event }) => event } },
  },
  states: {
    idle: {},
    transferring: {
      invoke: {
        src: 'transfer',
        id: 'transfer',
        input: ({ context: { epoch, gained } }) => ({ epoch, partitions: gained }),
      },
      on: { 'transfer.progress': told, 'transfer.done': told },
    },
    maintaining: {
      invoke: [
        {
          src: 'antiEntropy',
          id: 'antiEntropy',
          input: ({ context: { epoch, owned, dirty } }): AntiEntropyInput => ({
            epoch,
            owned,
            dirty,
          }),
        },
        {
          src: 'garbageCollection',
          id: 'garbageCollection',
          input: ({ context: { epoch, owned } }) => ({ epoch, owned }),
        },
        {
          src: 'reaper',
          id: 'reaper',
          input: ({ context: { epoch, owned } }) => ({ epoch, owned }),
        },
      ],
      exit: 'takeBackDirty',
      on: {
        'partition.dirty': { actions: sendTo('antiEntropy', ({ event }) => event) },
        'repair.done': told,
        'tree.mismatch': {
          actions: ['noteMismatch', { type: 'tell', params: ({ event }) => event }],
        },
        'partition.collected': told,
        'partition.reaped': told,
      },
    },
  },
});
