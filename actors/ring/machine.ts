/**
 * The ring manager: which ring is in force here, and how the next one comes about.
 * States, waits and events: `actors/README.md`.
 *
 * The host runs the Paxos rounds of `paxos.ts`, works out what is wanted (`next-ring.ts`) and owns
 * the disk; the chart says when a round is due and what the answer means. Invariant: the epoch only
 * grows.
 */
import { assign, emit, setup } from 'xstate';
import type { Ring } from '../../src/core/ring/ring.js';
import { notProvided } from '../effects.js';

/** How a node without a ring comes by one. */
export type Origin = 'found' | 'join' | 'meet';

export type RingEvent =
  | { type: 'ring.missing'; origin: Origin }
  /** `isMember`: whether the ring names this node. */
  | { type: 'ring.adopted'; ring: Ring; isMember: boolean }
  | { type: 'join.refused'; reason: string }
  | { type: 'all.met' }
  | { type: 'change.due'; epoch: number }
  | { type: 'round.lost' };

export type RingFact =
  | { type: 'ring.changed'; ring: Ring }
  | { type: 'ring.refused'; reason: string }
  /** The ring goes on without this node. */
  | { type: 'ring.left'; ring: Ring };

export const ringMachine = setup({
  types: {
    context: {} as { ring: Ring | undefined; refusal: string },
    events: {} as RingEvent,
    emitted: {} as RingFact,
  },
  // The host provides the back-off from its own random stream.
  delays: { joinRetry: 1000, backOff: 100 },
  guards: {
    comesBy: (_, params: { origin: Origin; wanted: Origin }) => params.origin === params.wanted,
    isOut: (_, params: { isMember: boolean }) => !params.isMember,
    isChanging: ({ context }) => context.ring?.transition !== undefined,
    isThisEpoch: ({ context }, params: { epoch: number }) => context.ring?.epoch === params.epoch,
  },
  actions: {
    noteRing: assign({ ring: (_, params: { ring: Ring }) => params.ring }),
    tellChanged: emit((_, params: { ring: Ring }) => ({
      type: 'ring.changed' as const,
      ring: params.ring,
    })),
    tellLeft: emit(({ context }) => ({ type: 'ring.left' as const, ring: context.ring! })),
    noteRefusal: assign({ refusal: (_, params: { reason: string }) => params.reason }),
    tellRefused: emit(({ context }) => ({
      type: 'ring.refused' as const,
      reason: context.refusal,
    })),
    foundCluster: notProvided('ring', 'foundCluster'),
    askToJoin: notProvided('ring', 'askToJoin'),
    startRound: notProvided('ring', 'startRound'),
    checkForChanges: notProvided('ring', 'checkForChanges'),
  },
}).createMachine({
  id: 'ring',
  context: { ring: undefined, refusal: '' },
  initial: 'starting',
  on: {
    // For a ring that is no more, or while a round is under way.
    'change.due': {},
    'ring.adopted': [
      {
        guard: { type: 'isOut', params: ({ event }) => ({ isMember: event.isMember }) },
        target: '.out',
        actions: { type: 'noteRing', params: ({ event }) => ({ ring: event.ring }) },
      },
      {
        target: '.deciding',
        actions: [
          { type: 'noteRing', params: ({ event }) => ({ ring: event.ring }) },
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
    founding: { entry: 'foundCluster' },
    joining: {
      entry: 'askToJoin',
      after: { joinRetry: { target: 'joining', reenter: true } },
      on: {
        'join.refused': {
          target: 'refused',
          actions: { type: 'noteRefusal', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    meeting: {
      entry: 'askToJoin',
      after: { joinRetry: { target: 'meeting', reenter: true } },
      on: {
        'all.met': 'founding',
        'join.refused': {
          target: 'refused',
          actions: { type: 'noteRefusal', params: ({ event }) => ({ reason: event.reason }) },
        },
      },
    },
    refused: { type: 'final', entry: 'tellRefused' },
    out: { type: 'final', entry: 'tellLeft' },
    deciding: {
      always: [{ guard: 'isChanging', target: 'changing' }, { target: 'stable' }],
    },
    stable: {
      entry: 'checkForChanges',
      on: {
        'change.due': {
          guard: { type: 'isThisEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
          target: 'proposing',
        },
      },
    },
    changing: {
      entry: 'checkForChanges',
      on: {
        'change.due': {
          guard: { type: 'isThisEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
          target: 'proposing',
        },
      },
    },
    proposing: {
      entry: 'startRound',
      on: { 'round.lost': 'backingOff' },
    },
    // Then what is wanted is looked at anew: another proposer may have brought it about.
    backingOff: { after: { backOff: 'deciding' } },
  },
});
