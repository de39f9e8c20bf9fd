/**
 * The replica coordinator: whether this node takes client requests, and why not if it does not.
 * States, waits and events: `actors/README.md`.
 *
 * A single request is not an actor: it is one state object (`write.ts`, `read.ts`) with named
 * phases, driven by its host. A machine for each request costs five to twenty times as much as the
 * decisions it makes.
 */
import { assign, emit, setup } from 'xstate';
import { notProvided } from '../effects.js';

export type CoordinatorEvent =
  | { type: 'ring.adopted'; epoch: number }
  | { type: 'load.tooHigh' }
  | { type: 'load.normal' }
  | { type: 'node.draining' }
  | { type: 'requests.ended' };

export type CoordinatorFact =
  | { type: 'coordinator.serving'; epoch: number }
  | { type: 'coordinator.shedding' }
  | { type: 'coordinator.drained' };

export const coordinatorMachine = setup({
  types: {
    context: {} as { epoch: number },
    events: {} as CoordinatorEvent,
    emitted: {} as CoordinatorFact,
  },
  actions: {
    noteEpoch: assign({ epoch: (_, params: { epoch: number }) => params.epoch }),
    tellServing: emit(({ context }) => ({ type: 'coordinator.serving', epoch: context.epoch })),
    tellShedding: emit({ type: 'coordinator.shedding' }),
    tellDrained: emit({ type: 'coordinator.drained' }),
    waitForRequestsToEnd: notProvided('coordinator', 'waitForRequestsToEnd'),
  },
}).createMachine({
  id: 'coordinator',
  context: { epoch: 0 },
  initial: 'waiting',
  on: {
    'ring.adopted': {
      actions: { type: 'noteEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
    },
  },
  states: {
    waiting: {
      on: {
        'ring.adopted': {
          target: 'serving',
          actions: { type: 'noteEpoch', params: ({ event }) => ({ epoch: event.epoch }) },
        },
        'node.draining': 'stopped',
      },
    },
    serving: {
      entry: 'tellServing',
      on: { 'load.tooHigh': 'shedding', 'node.draining': 'draining' },
    },
    shedding: {
      entry: 'tellShedding',
      on: { 'load.normal': 'serving', 'node.draining': 'draining' },
    },
    draining: {
      entry: 'waitForRequestsToEnd',
      on: { 'requests.ended': 'stopped' },
    },
    stopped: { type: 'final', entry: 'tellDrained' },
  },
});
