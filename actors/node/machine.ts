/**
 * The supervisor: the life of one node, and the four actors it runs.
 * States, waits and events: `actors/README.md`.
 *
 * The membership detector, ring manager, replica coordinator and stabilizer are its children and
 * live exactly as long as it does; what they tell each other passes through the host, which sees
 * every fact once.
 */
import { assign, emit, setup } from 'xstate';
import { coordinatorMachine } from '../coordinator/machine.js';
import { type MembershipInput, membershipMachine } from '../membership/machine.js';
import { ringMachine } from '../ring/machine.js';
import { stabilizerMachine } from '../stabilizer/machine.js';

export type NodeEvent =
  | { type: 'identity.persisted' }
  | { type: 'ring.ready' }
  | { type: 'ring.refused'; reason: string }
  | { type: 'disk.failed'; reason: string }
  | { type: 'requests.drained' }
  | { type: 'node.stop' };

export type NodeFact =
  | { type: 'node.serving' }
  | { type: 'node.draining' }
  | { type: 'node.stopped' }
  | { type: 'node.failed'; reason: string };

const notProvided = () => {
  throw new Error('not provided');
};

export const nodeMachine = setup({
  types: {
    context: {} as { failure: string; membership: MembershipInput },
    input: {} as { membership: MembershipInput },
    events: {} as NodeEvent,
    emitted: {} as NodeFact,
  },
  actors: {
    membership: membershipMachine,
    ring: ringMachine,
    coordinator: coordinatorMachine,
    stabilizer: stabilizerMachine,
  },
  delays: { drainLimit: 10_000 },
  actions: {
    noteFailure: assign({ failure: (_, params: { reason: string }) => params.reason }),
    tellServing: emit({ type: 'node.serving' }),
    tellDraining: emit({ type: 'node.draining' }),
    tellStopped: emit({ type: 'node.stopped' }),
    tellFailed: emit(({ context }) => ({ type: 'node.failed' as const, reason: context.failure })),
    persistIdentity: notProvided,
    findRing: notProvided,
    drainRequests: notProvided,
  },
}).createMachine({
  id: 'node',
  context: ({ input }) => ({ failure: '', membership: input.membership }),
  invoke: [
    {
      src: 'membership',
      systemId: 'membership',
      input: ({ context }) => context.membership,
    },
    { src: 'ring', systemId: 'ring' },
    { src: 'coordinator', systemId: 'coordinator' },
    { src: 'stabilizer', systemId: 'stabilizer' },
  ],
  initial: 'booting',
  on: {
    'disk.failed': {
      target: '.failed',
      actions: { type: 'noteFailure', params: ({ event }) => ({ reason: event.reason }) },
    },
  },
  states: {
    booting: {
      entry: 'persistIdentity',
      on: { 'identity.persisted': 'joining', 'node.stop': 'stopped' },
    },
    joining: {
      entry: 'findRing',
      on: {
        'ring.ready': 'serving',
        'ring.refused': {
          target: 'failed',
          actions: { type: 'noteFailure', params: ({ event }) => ({ reason: event.reason }) },
        },
        'node.stop': 'stopped',
      },
    },
    serving: {
      entry: 'tellServing',
      on: { 'node.stop': 'draining' },
    },
    draining: {
      entry: ['tellDraining', 'drainRequests'],
      after: { drainLimit: 'stopped' },
      on: { 'requests.drained': 'stopped' },
    },
    stopped: { type: 'final', entry: 'tellStopped' },
    failed: { type: 'final', entry: 'tellFailed' },
  },
});
