/**
 * The reaper: as long as the ring is stable, finds out in which partitions of this node something
 * is over, tombstones and what has expired, and looks at these in turn: it has go what all owners
 * hold alike. Why that is safe: `src/node/stabilizer/reaper.ts`. States, waits and events:
 * `actors/README.md`.
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
  /** Those of ours in which something is over. */
  | { type: 'partitions.found'; partitions: readonly number[] }
  | { type: 'ended.found'; entries: readonly EndedRow[] }
  /** Those of them that all owners hold: some. */
  | { type: 'ended.confirmed'; entries: readonly EndedRow[] }
  /** So many have gone here. */
  | { type: 'ended.reaped'; rows: number }
  | { type: 'reaping.blocked'; reason: string };

export interface ReaperInput {
  readonly epoch: number;
  /** The partitions of this node. */
  readonly owned: readonly number[];
}

interface Context extends ReaperInput {
  /** How many there are to look at in this round. */
  found: number;
  /** Those of them that are left. */
  toLookAt: readonly number[];
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
  // The host spreads the looks of a round over the interval of comparisons, and waits as long if
  // there is nothing to look at.
  delays: { nextLook: 1000 },
  guards: {
    ownsAny: ({ context }) => context.owned.length > 0,
    isAnyLeft: ({ context }) => context.toLookAt.length > 0,
    areAny: (_, { entries }: Entries) => entries.length > 0,
    hasGone: (_, { rows }: { rows: number }) => rows > 0,
  },
  actions: {
    noteFound: assign((_, { partitions }: { partitions: readonly number[] }) => ({
      found: partitions.length,
      toLookAt: partitions,
    })),
    takeNext: assign(({ context: { toLookAt } }) => ({
      partition: present(toLookAt[0], 'a partition to look at'),
      toLookAt: toLookAt.slice(1),
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
    search: notProvided<{ owned: readonly number[] }>('reaper', 'search'),
    look: notProvided<{ partition: number }>('reaper', 'look'),
    confirm: notProvided<{ epoch: number; partition: number } & Entries>('reaper', 'confirm'),
    reap: notProvided<{ epoch: number; partition: number } & Entries>('reaper', 'reap'),
  },
}).createMachine({
  id: 'reaper',
  context: ({ input }) => ({
    ...input,
    found: 0,
    toLookAt: [],
    partition: 0,
    entries: [],
    waitingBecause: undefined,
  }),
  initial: 'resting',
  states: {
    // For good if nothing is ours.
    resting: {
      entry: 'forgetEntries',
      after: {
        nextLook: [
          { guard: 'isAnyLeft', target: 'looking', actions: 'takeNext' },
          { guard: 'ownsAny', target: 'searching' },
        ],
      },
    },
    searching: {
      entry: { type: 'search', params: ({ context: { owned } }) => ({ owned }) },
      on: {
        'partitions.found': {
          target: 'resting',
          actions: { type: 'noteFound', params: ({ event }) => event },
        },
      },
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
