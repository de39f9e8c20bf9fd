/**
 * Garbage collection: as long as the ring is stable, looks again and again for partitions of others
 * of which rows are held here, and has them dropped one by one, if their owners agree.
 * States, waits and events: `actors/README.md`.
 */
import { assign, sendParent, setup } from 'xstate';
import { assert, present } from '../../src/core/assert.js';
import { notProvided } from '../effects.js';
import type { StabilizerFact } from './events.js';

export type GarbageCollectionEvent =
  /** Partitions of which rows are held here that others own. */
  | { type: 'leftovers.found'; partitions: readonly number[] }
  | { type: 'leftover.dropped'; partition: number; rows: number }
  | { type: 'leftover.kept'; partition: number; reason: string };

export interface GarbageCollectionInput {
  readonly epoch: number;
  /** The partitions of this node. */
  readonly owned: readonly number[];
}

interface Context extends GarbageCollectionInput {
  /** Still to be looked at, this time. */
  leftovers: readonly number[];
  /** Why the last leftover was kept, if it was. */
  waitingBecause: string | undefined;
}

export const garbageCollectionMachine = setup({
  types: {
    context: {} as Context,
    input: {} as GarbageCollectionInput,
    events: {} as GarbageCollectionEvent,
  },
  // The host takes the interval of a round of comparisons.
  delays: { nextSurvey: 60_000 },
  guards: {
    hasLeftovers: ({ context }) => context.leftovers.length > 0,
  },
  actions: {
    noteLeftovers: assign(({ context }, params: { partitions: readonly number[] }) => {
      const areOurs = params.partitions.some((partition) => context.owned.includes(partition));
      assert(!areOurs, 'a leftover is a partition of others');
      return { leftovers: params.partitions };
    }),
    noteDropped: assign(({ context }, { partition }: { partition: number }) => ({
      leftovers: behindFirst(context.leftovers, partition),
      waitingBecause: undefined,
    })),
    noteKept: assign(({ context }, params: { partition: number; reason: string }) => ({
      leftovers: behindFirst(context.leftovers, params.partition),
      waitingBecause: params.reason,
    })),
    tellCollected: sendParent(
      (_, { partition, rows }: { partition: number; rows: number }): StabilizerFact => ({
        type: 'partition.collected',
        partition,
        rows,
      }),
    ),
    survey: notProvided('garbage-collection', 'survey'),
    collect: notProvided<{ epoch: number; partition: number }>('garbage-collection', 'collect'),
  },
}).createMachine({
  id: 'garbage-collection',
  context: ({ input }) => ({ ...input, leftovers: [], waitingBecause: undefined }),
  initial: 'surveying',
  states: {
    surveying: {
      entry: 'survey',
      on: {
        'leftovers.found': {
          target: 'choosing',
          actions: { type: 'noteLeftovers', params: ({ event }) => event },
        },
      },
    },
    choosing: {
      always: [{ guard: 'hasLeftovers', target: 'collecting' }, { target: 'resting' }],
    },
    collecting: {
      entry: {
        type: 'collect',
        params: ({ context: { epoch, leftovers } }) => ({
          epoch,
          partition: present(leftovers[0], 'a leftover to collect'),
        }),
      },
      on: {
        'leftover.dropped': {
          target: 'choosing',
          actions: [
            { type: 'noteDropped', params: ({ event }) => event },
            { type: 'tellCollected', params: ({ event }) => event },
          ],
        },
        'leftover.kept': {
          target: 'choosing',
          actions: { type: 'noteKept', params: ({ event }) => event },
        },
      },
    },
    resting: { after: { nextSurvey: 'surveying' } },
  },
});

function behindFirst([first, ...others]: readonly number[], partition: number): number[] {
  assert(first === partition, 'what came of a leftover is of the one that was looked at');
  return others;
}
