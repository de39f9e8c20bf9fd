/**
 * Anti-entropy: as long as the ring is stable, compares each partition of this node with its other
 * owners in turn, and repairs what differs. States, waits and events: `actors/README.md`.
 *
 * It goes round and round the partitions in ring order. What is known to lack something comes
 * first, and once more in its turn: by then it should be equal. After each round one partition is
 * verified: whether what is compared of it here, its hash tree, is that of its rows.
 */
import { assign, sendParent, setup } from 'xstate';
import { present } from '../../src/core/assert.js';
import type { NodeId } from '../../src/core/data/version.js';
import { notProvided } from '../effects.js';
import type { Fetched, StabilizerEvent, StabilizerFact } from './events.js';

/** Where another owner's hash tree of a partition differs from ours. */
export interface Difference {
  readonly owner: NodeId;
  /** A set of leaves: see `src/core/tree/hash-tree.ts`. */
  readonly leaves: Uint8Array;
}

export type AntiEntropyEvent =
  | Extract<StabilizerEvent, { type: 'partition.dirty' }>
  | { type: 'partition.compared'; differences: readonly Difference[] }
  | ({ type: 'partition.repaired' } & Fetched)
  /** So many leaves of its tree were wrong. */
  | { type: 'tree.verified'; wrong: number };

export interface AntiEntropyInput {
  readonly epoch: number;
  /** The partitions of this node, in ring order, from where to begin. */
  readonly owned: readonly number[];
  /** Those of them that come first. */
  readonly dirty: readonly number[];
}

interface Context {
  readonly epoch: number;
  readonly owned: readonly number[];
  dirty: readonly number[];
  /** Whose turn it is, as an index into `owned`. */
  turn: number;
  /** A round is over, and nothing has been verified since. */
  isRoundOver: boolean;
  /** Which is verified next, as an index into `owned`. */
  toVerify: number;
  /** The one that is being compared, repaired or verified. */
  partition: number;
  differences: readonly Difference[];
}

export const antiEntropyMachine = setup({
  types: {
    context: {} as Context,
    input: {} as AntiEntropyInput,
    events: {} as AntiEntropyEvent,
  },
  // The host spreads the comparisons of a round over its interval. To look again takes as long as
  // writes are on their way, or a node that missed something in every partition is late for good.
  delays: { nextComparison: 1000, lookAgain: 100 },
  guards: {
    ownsAny: ({ context }) => context.owned.length > 0,
    differs: (_, { differences }: { differences: readonly Difference[] }) => differences.length > 0,
    isRoundOver: ({ context }) => context.isRoundOver,
    isWrong: (_, { wrong }: { wrong: number }) => wrong > 0,
    wasRepaired: (_, { records }: Fetched) => records > 0,
  },
  actions: {
    noteDirty: assign(({ context }, { partition }: { partition: number }) => {
      const { dirty, owned } = context;
      const isNew = owned.includes(partition) && !dirty.includes(partition);
      return isNew ? { dirty: [...dirty, partition] } : {};
    }),
    takeNext: assign(({ context: { owned, dirty, turn } }) => {
      const [first, ...others] = dirty;
      if (first !== undefined) return { partition: first, dirty: others };
      const partition = present(owned[turn], 'a partition of ours to compare');
      const next = (turn + 1) % owned.length;
      return { partition, turn: next, isRoundOver: next === 0 };
    }),
    takeToVerify: assign(({ context: { owned, toVerify } }) => ({
      partition: present(owned[toVerify], 'a partition of ours to verify'),
      toVerify: (toVerify + 1) % owned.length,
      isRoundOver: false,
    })),
    noteDifferences: assign({
      differences: (_, params: { differences: readonly Difference[] }) => params.differences,
    }),
    tellRepaired: sendParent(
      ({ context: { partition } }, { records, bytes }: Fetched): StabilizerFact => ({
        type: 'repair.done',
        partition,
        records,
        bytes,
      }),
    ),
    tellMismatch: sendParent(
      ({ context: { partition } }, { wrong }: { wrong: number }): StabilizerFact => ({
        type: 'tree.mismatch',
        partition,
        leaves: wrong,
      }),
    ),
    verify: notProvided<{ partition: number }>('anti-entropy', 'verify'),
    compare: notProvided<{ epoch: number; partition: number }>('anti-entropy', 'compare'),
    repair: notProvided<{ epoch: number; partition: number; differences: readonly Difference[] }>(
      'anti-entropy',
      'repair',
    ),
  },
}).createMachine({
  id: 'anti-entropy',
  context: ({ input }) => ({
    ...input,
    turn: 0,
    isRoundOver: false,
    toVerify: 0,
    partition: 0,
    differences: [],
  }),
  initial: 'resting',
  on: {
    'partition.dirty': { actions: { type: 'noteDirty', params: ({ event }) => event } },
  },
  states: {
    // For good if nothing is ours.
    resting: {
      after: {
        nextComparison: [
          { guard: 'isRoundOver', target: 'verifying' },
          { guard: 'ownsAny', target: 'comparing' },
        ],
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
          { target: 'resting' },
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
          { target: 'resting' },
        ],
      },
    },
    verifying: {
      entry: [
        'takeToVerify',
        { type: 'verify', params: ({ context: { partition } }) => ({ partition }) },
      ],
      on: {
        'tree.verified': [
          {
            guard: { type: 'isWrong', params: ({ event }) => event },
            target: 'resting',
            actions: { type: 'tellMismatch', params: ({ event }) => event },
          },
          { target: 'resting' },
        ],
      },
    },
  },
});
