/**
 * The supervisor: the life of one node, and the five actors it runs.
 * States, waits and events: `actors/README.md`.
 *
 * The membership detector, ring manager, replica coordinator, stabilizer and hinted handoff are its
 * children and live exactly as long as it does; what they tell each other passes through the host,
 * which sees every fact once.
 */
import { assign, emit, setup } from 'xstate';
import { coordinatorMachine } from '../coordinator/machine.js';
import { notProvided } from '../effects.js';
import { hintsMachine } from '../hints/machine.js';
import { type MembershipInput, membershipMachine } from '../membership/machine.js';
import { ringMachine } from '../ring/machine.js';
import { stabilizerMachine } from '../stabilizer/machine.js';
import type { Trust } from './disk-trust.js';

export type NodeEvent =
  | { type: 'identity.persisted' }
  /** A ring names us. `trust`: whether our disk is the newest of our identity. */
  | { type: 'ring.ready'; trust: Trust }
  /** The cluster will not have us, or somebody else has our place in it. */
  | { type: 'ring.refused'; reason: string }
  /** Every member can be reached from here. */
  | { type: 'members.reached' }
  /** Not all of them, but of every partition a quorum. */
  | { type: 'quorum.reached' }
  /** The ring goes on without us; `asked`: because we were asked to leave. */
  | { type: 'ring.left'; asked: boolean }
  /** Our disk can be trusted: a peer has heard of no later life of ours, or nobody is to ask. */
  | { type: 'identity.confirmed' }
  /** A peer has heard of a later one: our disk is an old copy. */
  | { type: 'identity.outdated' }
  | { type: 'identity.renounced' }
  | { type: 'disk.failed'; reason: string }
  | { type: 'requests.drained' }
  | { type: 'node.leave' }
  | { type: 'node.stop' };

/** `fault`: a disk that failed, or a mistake of ours. `refused`: the cluster will not have us. */
export type FailureCause = 'fault' | 'refused';

/** How a node ends that has not failed. */
export type NodeEnding = 'stopped' | 'renounced';

export type NodeFact =
  | { type: 'node.serving' }
  | { type: 'node.leaving' }
  | { type: 'node.draining' }
  /** The ring goes on without it, as it was asked for: it can be stopped for good. */
  | { type: 'node.left' }
  /** `renounced`: it is no member any more, and may be started again as somebody new. */
  | { type: `node.${NodeEnding}` }
  | { type: 'node.failed'; reason: string; cause: FailureCause };

/** Who cannot trust its disk asks first, and who may not use it begins anew. */
const READY = [
  {
    guard: { type: 'isDisk' as const, params: trustIn('denied') },
    target: 'renouncing',
  },
  {
    guard: { type: 'isDisk' as const, params: trustIn('unknown') },
    target: 'confirming',
  },
  { target: 'reaching' },
];

function trustIn(asked: Trust) {
  return ({ event }: { event: { trust: Trust } }) => ({ trust: event.trust, asked });
}

/** Who was asked to leave departs; who was not begins anew. */
const ASKED_OR_NOT = [
  {
    guard: {
      type: 'wasAsked' as const,
      params: ({ event }: { event: { asked: boolean } }) => ({ asked: event.asked }),
    },
    target: 'departing',
  },
  { target: 'renouncing' },
];

export const nodeMachine = setup({
  types: {
    context: {} as {
      failure: { readonly reason: string; readonly cause: FailureCause };
      ending: NodeEnding;
      membership: MembershipInput;
    },
    input: {} as { membership: MembershipInput },
    events: {} as NodeEvent,
    emitted: {} as NodeFact,
  },
  actors: {
    membership: membershipMachine,
    ring: ringMachine,
    coordinator: coordinatorMachine,
    stabilizer: stabilizerMachine,
    hints: hintsMachine,
  },
  delays: { drainLimit: 10_000, wordLimit: 5000, membersLimit: 2000, quorumLimit: 8000 },
  guards: {
    isDisk: (_, { trust, asked }: { trust: Trust; asked: Trust }) => trust === asked,
    wasAsked: (_, params: { asked: boolean }) => params.asked,
  },
  actions: {
    noteFailure: assign({
      failure: (_, params: { reason: string; cause: FailureCause }) => params,
    }),
    noteEnding: assign({ ending: (_, params: { ending: NodeEnding }) => params.ending }),
    tellServing: emit({ type: 'node.serving' }),
    tellLeaving: emit({ type: 'node.leaving' }),
    tellDraining: emit({ type: 'node.draining' }),
    tellLeft: emit({ type: 'node.left' }),
    tellEnding: emit(({ context }) => ({ type: `node.${context.ending}` as const })),
    tellFailed: emit(({ context }) => ({ type: 'node.failed' as const, ...context.failure })),
    persistIdentity: notProvided('node', 'persistIdentity'),
    findRing: notProvided('node', 'findRing'),
    lookAround: notProvided('node', 'lookAround'),
    askToLeave: notProvided('node', 'askToLeave'),
    renounceIdentity: notProvided<{ left: boolean }>('node', 'renounceIdentity'),
    drainRequests: notProvided('node', 'drainRequests'),
  },
}).createMachine({
  id: 'node',
  context: ({ input }) => ({
    failure: { reason: '', cause: 'fault' },
    ending: 'stopped',
    membership: input.membership,
  }),
  invoke: [
    {
      src: 'membership',
      systemId: 'membership',
      input: ({ context }) => context.membership,
    },
    { src: 'ring', systemId: 'ring' },
    { src: 'coordinator', systemId: 'coordinator' },
    { src: 'stabilizer', systemId: 'stabilizer' },
    { src: 'hints', systemId: 'hints' },
  ],
  initial: 'booting',
  on: {
    'disk.failed': {
      target: '.failed',
      actions: {
        type: 'noteFailure',
        params: ({ event }) => ({ reason: event.reason, cause: 'fault' }),
      },
    },
    'ring.refused': {
      target: '.failed',
      actions: {
        type: 'noteFailure',
        params: ({ event }) => ({ reason: event.reason, cause: 'refused' }),
      },
    },
    // The peers go on giving their word, the ring goes on changing, and people ask twice.
    'identity.confirmed': {},
    'identity.outdated': {},
    'ring.ready': {},
    'ring.left': {},
    'members.reached': {},
    'quorum.reached': {},
    'node.leave': {},
    'node.stop': {},
  },
  states: {
    booting: {
      entry: 'persistIdentity',
      on: { 'identity.persisted': 'joining', 'node.stop': 'stopped' },
    },
    joining: {
      entry: 'findRing',
      on: {
        'ring.ready': READY,
        'ring.left': ASKED_OR_NOT,
        'node.stop': 'stopped',
      },
    },
    confirming: {
      after: { wordLimit: 'serving' },
      on: {
        'identity.confirmed': 'reaching',
        'identity.outdated': 'renouncing',
        'ring.left': ASKED_OR_NOT,
        'node.stop': 'stopped',
      },
    },
    // Who asks it before it can reach the owners would be refused; and were it ready with a bare
    // quorum, the next one that is restarted would take it away.
    reaching: {
      entry: 'lookAround',
      after: { membersLimit: 'lackingMembers' },
      on: {
        'members.reached': 'serving',
        'identity.outdated': 'renouncing',
        'ring.left': ASKED_OR_NOT,
        'node.stop': 'stopped',
      },
    },
    lackingMembers: {
      entry: 'lookAround',
      after: { quorumLimit: 'serving' },
      on: {
        'members.reached': 'serving',
        'quorum.reached': 'serving',
        'identity.outdated': 'renouncing',
        'ring.left': ASKED_OR_NOT,
        'node.stop': 'stopped',
      },
    },
    serving: {
      entry: 'tellServing',
      on: {
        'node.leave': 'leaving',
        'identity.outdated': 'renouncing',
        'ring.left': ASKED_OR_NOT,
        'node.stop': 'draining',
      },
    },
    leaving: {
      entry: ['tellLeaving', 'askToLeave'],
      on: {
        'ring.left': ASKED_OR_NOT,
        'identity.outdated': 'renouncing',
        'node.stop': 'draining',
      },
    },
    // Serves on until its doors are closed, so that no client finds it refusing.
    departing: {
      entry: { type: 'renounceIdentity', params: { left: true } },
      on: { 'identity.renounced': { actions: 'tellLeft' }, 'node.stop': 'draining' },
    },
    renouncing: {
      entry: [
        { type: 'noteEnding', params: { ending: 'renounced' } },
        { type: 'renounceIdentity', params: { left: false } },
      ],
      on: {
        'identity.renounced': 'draining',
        // It goes on with that when it is started again: the ring on its disk is without it.
        'node.stop': {
          target: 'draining',
          actions: { type: 'noteEnding', params: { ending: 'stopped' } },
        },
      },
    },
    draining: {
      entry: ['tellDraining', 'drainRequests'],
      after: { drainLimit: 'stopped' },
      // Stopped while it departed, it may hear of the disk only now.
      on: { 'requests.drained': 'stopped', 'identity.renounced': {}, 'ring.refused': {} },
    },
    stopped: { type: 'final', entry: 'tellEnding' },
    failed: { type: 'final', entry: 'tellFailed' },
  },
});
