/**
 * The ring manager: which ring is in force here, and how the next one comes about.
 * States, waits and events: `actors/README.md`.
 *
 * The host runs the Paxos rounds of `paxos.ts` and owns the disk; the chart says when a round is
 * due and what the answer means. Invariant: the epoch only grows.
 */
import { assign, emit, setup } from 'xstate';
import type { Ring } from '../../src/core/ring.js';

export type RingEvent =
  | { type: 'ring.missing'; join: boolean }
  | { type: 'ring.adopted'; ring: Ring }
  | { type: 'join.refused'; reason: string }
  | { type: 'change.wanted' }
  | { type: 'pulls.complete'; epoch: number }
  | { type: 'round.lost' };

export type RingFact =
  | { type: 'ring.changed'; ring: Ring }
  | { type: 'ring.refused'; reason: string };

const notProvided = () => {
  throw new Error('not provided');
};

export const ringMachine = setup({
  types: {
    context: {} as { ring: Ring | undefined; refusal: string },
    events: {} as RingEvent,
    emitted: {} as RingFact,
  },
  // The host provides the back-off from its own random stream.
  delays: { joinRetry: 1000, backOff: 100 },
  guards: {
    mustJoin: (_, params: { join: boolean }) => params.join,
    isChanging: ({ context }) => context.ring?.transition !== undefined,
    isThisEpoch: ({ context }, params: { epoch: number }) => context.ring?.epoch === params.epoch,
  },
  actions: {
    noteRing: assign({ ring: (_, params: { ring: Ring }) => params.ring }),
    tellChanged: emit((_, params: { ring: Ring }) => ({
      type: 'ring.changed' as const,
      ring: params.ring,
    })),
    noteRefusal: assign({ refusal: (_, params: { reason: string }) => params.reason }),
    tellRefused: emit(({ context }) => ({
      type: 'ring.refused' as const,
      reason: context.refusal,
    })),
    foundCluster: notProvided,
    askToJoin: notProvided,
    startRound: notProvided,
    checkForChanges: notProvided,
    watchPulls: notProvided,
  },
}).createMachine({
  id: 'ring',
  context: { ring: undefined, refusal: '' },
  initial: 'starting',
  on: {
    'ring.adopted': {
      target: '.deciding',
      actions: [
        { type: 'noteRing', params: ({ event }) => ({ ring: event.ring }) },
        { type: 'tellChanged', params: ({ event }) => ({ ring: event.ring }) },
      ],
    },
  },
  states: {
    starting: {
      on: {
        'ring.missing': [
          {
            guard: { type: 'mustJoin', params: ({ event }) => ({ join: event.join }) },
            target: 'joining',
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
    refused: { type: 'final', entry: 'tellRefused' },
    deciding: {
      always: [{ guard: 'isChanging', target: 'changing' }, { target: 'stable' }],
    },
    stable: {
      entry: 'checkForChanges',
      on: { 'change.wanted': 'proposing' },
    },
    changing: {
      entry: 'watchPulls',
      on: {
        'pulls.complete': {
          guard: { type: 'isThisEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
          target: 'proposing',
        },
      },
    },
    proposing: {
      entry: 'startRound',
      on: { 'round.lost': 'backingOff' },
    },
    backingOff: { after: { backOff: 'proposing' } },
  },
});
