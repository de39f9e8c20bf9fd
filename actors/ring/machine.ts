/**
 * The ring manager: which ring is in force here, and how the next one comes about.
 * States, waits and events: `actors/README.md`.
 *
 * The chart says when to look whether another ring is wanted, how long to wait before it is
 * proposed, and what comes of a round. The host looks (`wishes.ts`), runs the rounds (`paxos.ts`)
 * and owns the disk. Invariant: the epoch only grows.
 */
import { assign, emit, setup } from 'xstate';
import { assert, present } from '../../src/core/assert.js';
import type { Ring } from '../../src/core/ring/ring.js';
import { notProvided } from '../effects.js';

/** How a node without a ring comes by one. */
export type Origin = 'found' | 'join' | 'meet';

/** What a look at the wishes finds. */
export type LookEvent =
  | { type: 'nothing.wanted' }
  /** Nothing is wanted yet, but a member is dead: it comes back, or is evicted in time. */
  | { type: 'member.missing' }
  /** Another ring is wanted and cannot be had: `waitsFor` says why, in a sentence for people. */
  | { type: 'ring.waits'; waitsFor: string }
  /**
   * This ring should follow. `isOurs`: by a wish that nobody else may have heard of. Else all see
   * the same, and propose it one after the other: `turn`, from 0, is our place among them.
   */
  | { type: 'ring.wanted'; ring: Ring; isOurs: boolean; turn: number };

export type RingEvent =
  | { type: 'ring.missing'; origin: Origin }
  /** `isMember`: whether the ring names this node. */
  | { type: 'ring.adopted'; ring: Ring; isMember: boolean }
  | { type: 'join.refused'; reason: string }
  | { type: 'all.met' }
  /** Somebody asked for something, has died, or has fetched what it gains. */
  | { type: 'wishes.changed' }
  | LookEvent
  | { type: 'round.lost' };

export type RingFact =
  | { type: 'ring.changed'; ring: Ring }
  | { type: 'ring.refused'; reason: string }
  /** The ring goes on without this node. */
  | { type: 'ring.left'; ring: Ring };

/** What is asked for within this time goes together. */
const GATHER_MS = 300;
/** For so long the others leave the ring to whoever's turn it is. */
const TURN_MS = 300;

/** The cluster will not have us. */
const REFUSED = {
  target: 'refused',
  actions: {
    type: 'noteRefusal' as const,
    params: ({ event }: { event: { reason: string } }) => ({ reason: event.reason }),
  },
};

const LOOK = {
  type: 'look' as const,
  params: ({ context }: { context: { ring: Ring | undefined } }) => ({ ring: inForce(context) }),
};

/** What a look leads to, unless another ring is wanted. */
const NOTHING_DUE = {
  'nothing.wanted': 'settled',
  'member.missing': 'watching',
  'ring.waits': {
    target: 'waiting',
    actions: {
      type: 'noteObstacle' as const,
      params: ({ event }: { event: { waitsFor: string } }) => ({ waitsFor: event.waitsFor }),
    },
  },
};

export const ringMachine = setup({
  types: {
    context: {} as {
      ring: Ring | undefined;
      refusal: string;
      /** Why the ring that is wanted cannot be had: in `waiting`. */
      waitsFor: string;
      /** Our place among those who propose what all see: in `waitingForTurn`. */
      turn: number;
    },
    events: {} as RingEvent,
    emitted: {} as RingFact,
  },
  // The host provides the back-off from its own random stream.
  delays: {
    joinRetry: 1000,
    lookAgain: 1000,
    gather: GATHER_MS,
    turn: ({ context }) => context.turn * TURN_MS,
    backOff: 100,
  },
  guards: {
    comesBy: (_, params: { origin: Origin; wanted: Origin }) => params.origin === params.wanted,
    isOut: (_, params: { isMember: boolean }) => !params.isMember,
    isOurs: (_, params: { isOurs: boolean }) => params.isOurs,
  },
  actions: {
    noteRing: assign({
      ring: ({ context }, { ring }: { ring: Ring }) => {
        assert(ring.epoch > (context.ring?.epoch ?? 0), 'the epoch only grows');
        return ring;
      },
    }),
    noteObstacle: assign({ waitsFor: (_, params: { waitsFor: string }) => params.waitsFor }),
    noteTurn: assign({ turn: (_, params: { turn: number }) => params.turn }),
    tellChanged: emit((_, params: { ring: Ring }) => ({
      type: 'ring.changed' as const,
      ring: params.ring,
    })),
    tellLeft: emit(({ context }) => ({ type: 'ring.left' as const, ring: inForce(context) })),
    noteRefusal: assign({ refusal: (_, params: { reason: string }) => params.reason }),
    tellRefused: emit(({ context }) => ({
      type: 'ring.refused' as const,
      reason: context.refusal,
    })),
    foundCluster: notProvided('ring', 'foundCluster'),
    askToJoin: notProvided('ring', 'askToJoin'),
    /** What is wished for, and this ring fulfils, is forgotten: before it is looked at. */
    forgetFulfilled: notProvided<{ ring: Ring }>('ring', 'forgetFulfilled'),
    look: notProvided<{ ring: Ring }>('ring', 'look'),
    startRound: notProvided<{ ring: Ring; next: Ring }>('ring', 'startRound'),
  },
}).createMachine({
  id: 'ring',
  context: { ring: undefined, refusal: '', waitsFor: '', turn: 0 },
  initial: 'starting',
  on: {
    // It looks anyway: when a wait is over, when a round is lost, when a ring comes into force.
    'wishes.changed': {},
    'ring.adopted': [
      {
        guard: { type: 'isOut', params: ({ event }) => ({ isMember: event.isMember }) },
        target: '.out',
        actions: { type: 'noteRing', params: ({ event }) => ({ ring: event.ring }) },
      },
      {
        target: '.looking',
        actions: [
          { type: 'noteRing', params: ({ event }) => ({ ring: event.ring }) },
          { type: 'forgetFulfilled', params: ({ event }) => ({ ring: event.ring }) },
          { type: 'tellChanged', params: ({ event }) => ({ ring: event.ring }) },
        ],
      },
    ],
  },
  states: {
    starting: {
      on: {
        'ring.missing': [
          {
            guard: {
              type: 'comesBy',
              params: ({ event }) => ({ origin: event.origin, wanted: 'join' as const }),
            },
            target: 'joining',
          },
          {
            guard: {
              type: 'comesBy',
              params: ({ event }) => ({ origin: event.origin, wanted: 'meet' as const }),
            },
            target: 'meeting',
          },
          { target: 'founding' },
        ],
      },
    },
    founding: {
      entry: 'foundCluster',
      on: {
        // Until the ring is on disk the others still ask; one that is too many comes too late.
        'all.met': {},
        'join.refused': {},
      },
    },
    joining: {
      entry: 'askToJoin',
      after: { joinRetry: { target: 'joining', reenter: true } },
      on: {
        'join.refused': REFUSED,
      },
    },
    meeting: {
      entry: 'askToJoin',
      after: { joinRetry: { target: 'meeting', reenter: true } },
      on: {
        'all.met': 'founding',
        'join.refused': REFUSED,
      },
    },
    refused: { type: 'final', entry: 'tellRefused' },
    out: { type: 'final', entry: 'tellLeft' },
    looking: {
      entry: LOOK,
      on: {
        ...NOTHING_DUE,
        'ring.wanted': [
          {
            guard: { type: 'isOurs', params: ({ event }) => ({ isOurs: event.isOurs }) },
            target: 'gathering',
          },
          {
            target: 'waitingForTurn',
            actions: { type: 'noteTurn', params: ({ event }) => ({ turn: event.turn }) },
          },
        ],
      },
    },
    settled: { on: { 'wishes.changed': 'looking' } },
    watching: { after: { lookAgain: 'looking' }, on: { 'wishes.changed': 'looking' } },
    waiting: { after: { lookAgain: 'looking' }, on: { 'wishes.changed': 'looking' } },
    gathering: { after: { gather: 'due' } },
    waitingForTurn: {
      after: { turn: 'due' },
      on: {
        // The wait goes on, unless there is a wish by now that nobody else may have heard of.
        'wishes.changed': { actions: LOOK },
        ...NOTHING_DUE,
        'ring.wanted': [
          {
            guard: { type: 'isOurs', params: ({ event }) => ({ isOurs: event.isOurs }) },
            target: 'gathering',
          },
          {},
        ],
      },
    },
    // Things may have changed while it waited: what is proposed is what is wanted now.
    due: {
      entry: LOOK,
      on: {
        ...NOTHING_DUE,
        'ring.wanted': {
          target: 'proposing',
          actions: {
            type: 'startRound',
            params: ({ context, event }) => ({ ring: inForce(context), next: event.ring }),
          },
        },
      },
    },
    proposing: { on: { 'round.lost': 'backingOff' } },
    // Then what is wanted is looked at anew: another proposer may have brought it about.
    backingOff: { after: { backOff: 'looking' } },
  },
});

function inForce({ ring }: { ring: Ring | undefined }): Ring {
  return present(ring, 'the ring in force');
}
