/**
 * Anti-entropy: as long as the ring is stable, compares the partitions of this node with their
 * other owners in turn, and repairs what differs. States, waits and events: `actors/README.md`.
 *
 * It goes round and round the partitions in ring order, some of them at a time: one question asks
 * an owner about all of these. What is known to lack something comes first, and once more in its
 * turn: by then it should be equal. After some rounds one partition is verified: whether what is
 * compared of it here, its hash tree, is that of its rows. To read all of these costs as much as to
 * compare all partitions. So it is seldom the next one in turn, and in between one that differed on
 * both looks though nothing came of it, if there is any: the other owner lacks something or did not
 * answer, or one of the trees is wrong, as of a row that has rotted and was healed.
 */
import { assign, enqueueActions, sendParent, setup } from 'xstate';
import { present } from '../../src/core/assert.js';
import type { NodeId } from '../../src/core/data/version.js';
import type { GroupSet } from '../../src/core/tree/leaf-groups.js';
import { notProvided } from '../effects.js';
import type { Fetched, StabilizerEvent, StabilizerFact } from './events.js';

/** How many partitions are compared at a time: a peer takes questions about 256 at most. */
export const TOGETHER = 32;
/** After so many rounds the next partition in turn is verified: each of 256 once in 17 hours. */
export const VERIFY_EVERY = 4;

/** Where another owner's hash tree of a partition differs from ours. */
export interface Difference {
  readonly owner: NodeId;
  readonly partition: number;
  readonly groups: GroupSet;
}

/** What was fetched for a partition. */
export interface Repaired extends Fetched {
  readonly partition: number;
}

export type AntiEntropyEvent =
  | Extract<StabilizerEvent, { type: 'partition.dirty' }>
  | { type: 'partitions.compared'; differences: readonly Difference[] }
  | { type: 'partitions.repaired'; repaired: readonly Repaired[] }
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
  /** A round is over, and nothing has been compared since. */
  isRoundOver: boolean;
  /** Those that are over. */
  rounds: number;
  /** Which is verified next, as an index into `owned`. */
  toVerify: number;
  /** Those that differed from other owners, and of which nothing was brought. */
  suspects: readonly number[];
  /** Those that are compared, or were last. None after one was verified. */
  partitions: readonly number[];
  /** The one that is verified, or was last. */
  partition: number;
  differences: readonly Difference[];
}

function isTurnToVerify({ rounds }: Context): boolean {
  return rounds % VERIFY_EVERY === 0;
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
    isToVerify: ({ context }) =>
      context.isRoundOver && (isTurnToVerify(context) || context.suspects.length > 0),
    isWrong: (_, { wrong }: { wrong: number }) => wrong > 0,
  },
  actions: {
    noteDirty: assign(({ context }, { partition }: { partition: number }) => {
      const { dirty, owned } = context;
      const isNew = owned.includes(partition) && !dirty.includes(partition);
      return isNew ? { dirty: [...dirty, partition] } : {};
    }),
    takeNext: assign(({ context: { owned, dirty, turn, rounds } }) => {
      const first = dirty.slice(0, TOGETHER);
      const end = Math.min(turn + TOGETHER - first.length, owned.length);
      const others = owned.slice(turn, end).filter((partition) => !first.includes(partition));
      const isRoundOver = end === owned.length;
      return {
        partitions: [...first, ...others],
        dirty: dirty.slice(first.length),
        turn: end % owned.length,
        isRoundOver,
        rounds: isRoundOver ? rounds + 1 : rounds,
      };
    }),
    takeToVerify: assign(({ context }) => {
      const { owned, toVerify } = context;
      const taken = { partitions: [], isRoundOver: false };
      if (isTurnToVerify(context)) {
        const partition = present(owned[toVerify], 'a partition of ours to verify');
        return { ...taken, partition, toVerify: (toVerify + 1) % owned.length };
      }
      const [suspect, ...suspects] = context.suspects;
      return { ...taken, partition: present(suspect, 'a partition that is suspected'), suspects };
    }),
    noteSuspects: assign(({ context }, { repaired }: { repaired: readonly Repaired[] }) => {
      const fruitless = repaired.filter(({ records }) => records === 0);
      const suspects = fruitless.map(({ partition }) => partition);
      return { suspects: [...new Set([...context.suspects, ...suspects])] };
    }),
    noteDifferences: assign({
      differences: (_, params: { differences: readonly Difference[] }) => params.differences,
    }),
    tellRepaired: sendParent(
      (_, { partition, records, bytes }: Repaired): StabilizerFact => ({
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
    compare: notProvided<{ epoch: number; partitions: readonly number[] }>(
      'anti-entropy',
      'compare',
    ),
    repair: notProvided<{ epoch: number; differences: readonly Difference[] }>(
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
    rounds: 0,
    toVerify: 0,
    suspects: [],
    partitions: [],
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
          { guard: 'isToVerify', target: 'verifying' },
          { guard: 'ownsAny', target: 'comparing' },
        ],
      },
    },
    comparing: {
      entry: [
        'takeNext',
        {
          type: 'compare',
          params: ({ context: { epoch, partitions } }) => ({ epoch, partitions }),
        },
      ],
      on: {
        'partitions.compared': [
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
        params: ({ context: { epoch, differences } }) => ({ epoch, differences }),
      },
      on: {
        'partitions.repaired': {
          target: 'resting',
          actions: [
            { type: 'noteSuspects', params: ({ event }) => event },
            enqueueActions(({ event: { repaired }, enqueue }) => {
              for (const params of repaired) {
                if (params.records > 0) enqueue({ type: 'tellRepaired', params });
              }
            }),
          ],
        },
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
