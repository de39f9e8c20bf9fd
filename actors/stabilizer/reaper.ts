/**
 * The reaper: as long as the ring is stable, looks in each partition of this node in turn for what
 * is over, tombstones and what has expired, and has it go if all owners hold the same. Why that is
 * safe: `src/node/stabilizer/reaper.ts`. States, waits and events: `actors/README.md`.
 */
import { assign, sendParent, setup } from 'xstate';
import { assert, present } from '../../src/core/assert.js';
import type { Version } from '../../src/core/data/version.js';
import { notProvided } from '../effects.js';
import type { StabilizerFact } from './events.js';

/** A row that is over, in the version in which it is. */
export interface EndedRow {
  readonly key: Buffer;
  readonly version: Version;
}

export type ReaperEvent =
  | { type: 'ended.found'; entries: readonly EndedRow[] }
  /** Those of them that all owners hold: some. */
  | { type: 'ended.confirmed'; entries: readonly EndedRow[] }
  /** So many have gone here. */
  | { type: 'ended.reaped'; rows: number }
  | { type: 'reaping.blocked'; reason: string };

export interface ReaperInput {
  readonly epoch: number;
  /** The partitions of this node, in ring order, from where to begin. */
  readonly owned: readonly number[];
}

interface Context extends ReaperInput {
  /** Whose turn it is, as an index into `owned`. */
  turn: number;
  partition: number;
  entries: readonly EndedRow[];
  /** Why what is over could not go the last time, if it could not. */
  waitingBecause: string | undefined;
}

type Entries = { entries: readonly EndedRow[] };

export const reaperMachine = setup({
  types: {
    context: {} as Context,
    input: {} as ReaperInput,
    events: {} as ReaperEvent,
  },
  // The host spreads the looks of a round over the interval of comparisons.
  delays: { nextLook: 1000 },
  guards: {
    ownsAny: ({ context }) => context.owned.length > 0,
    areAny: (_, { entries }: Entries) => entries.length > 0,
    hasGone: (_, { rows }: { rows: number }) => rows > 0,
  },
  actions: {
    takeNext: assign(({ context: { owned, turn } }) => ({
      partition: present(owned[turn], 'a partition of ours to look at'),
      turn: (turn + 1) % owned.length,
    })),
    noteEntries: assign((_, { entries }: Entries) => ({ entries })),
    noteConfirmed: assign(({ context }, { entries }: Entries) => {
      assert(
        entries.every((each) => context.entries.includes(each)),
        'what is confirmed was asked',
      );
      return { entries, waitingBecause: undefined };
    }),
    noteBlocked: assign((_, { reason }: { reason: string }) => ({
      entries: [],
      waitingBecause: reason,
    })),
    forgetEntries: assign({ entries: [] }),
    tellReaped: sendParent(
      ({ context: { partition } }, { rows }: { rows: number }): StabilizerFact => ({
        type: 'partition.reaped',
        partition,
        rows,
      }),
    ),
    look: notProvided<{ partition: number }>('reaper', 'look'),
    confirm: notProvided<{ epoch: number; partition: number } & Entries>('reaper', 'confirm'),
    reap: notProvided<{ epoch: number; partition: number } & Entries>('reaper', 'reap'),
  },
}).createMachine({
  id: 'reaper',
  context: ({ input }) => ({
    ...input,
    turn: 0,
    partition: 0,
    entries: [],
    waitingBecause: undefined,
  }),
  initial: 'resting',
  states: {
    // For good if nothing is ours.
    resting: {
      entry: 'forgetEntries',
      after: { nextLook: { guard: 'ownsAny', target: 'looking', actions: 'takeNext' } },
    },
    looking: {
      entry: { type: 'look', params: ({ context: { partition } }) => ({ partition }) },
      on: {
        'ended.found': [
          {
            guard: { type: 'areAny', params: ({ event }) => event },
            target: 'confirming',
            actions: { type: 'noteEntries', params: ({ event }) => event },
          },
          { target: 'resting' },
        ],
      },
    },
    confirming: {
      entry: {
        type: 'confirm',
        params: ({ context: { epoch, partition, entries } }) => ({ epoch, partition, entries }),
      },
      on: {
        'ended.confirmed': {
          target: 'reaping',
          actions: { type: 'noteConfirmed', params: ({ event }) => event },
        },
        'reaping.blocked': {
          target: 'resting',
          actions: { type: 'noteBlocked', params: ({ event }) => event },
        },
      },
    },
    reaping: {
      entry: {
        type: 'reap',
        params: ({ context: { epoch, partition, entries } }) => ({ epoch, partition, entries }),
      },
      on: {
        // There may be more of it.
        'ended.reaped': [
          {
            guard: { type: 'hasGone', params: ({ event }) => event },
            target: 'looking',
            actions: { type: 'tellReaped', params: ({ event }) => event },
          },
          { target: 'resting' },
        ],
        'reaping.blocked': {
          target: 'resting',
          actions: { type: 'noteBlocked', params: ({ event }) => event },
        },
      },
    },
  },
});
