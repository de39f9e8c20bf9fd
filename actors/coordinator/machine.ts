/**
 * The replica coordinator: whether this node takes client requests, and why not if it does not.
 * States, waits and events: `actors/README.md`.
 *
 * The chart alone opens and closes the gate that requests pass: its effects set it, and no request
 * asks the chart, or tells it anything.
 *
 * A single request is not an actor: it is one state object (`operation.ts`) with named
 * phases, driven by its host. A machine for each request costs five to twenty times as much as the
 * decisions it makes.
 */
import { emit, setup } from 'xstate';
import { notProvided } from '../effects.js';

export type CoordinatorEvent =
  /** The node has its place in the ring, and its disk can be trusted. */
  { type: 'node.serving' } | { type: 'node.draining' } | LoadEvent;

/** What those tell who count the requests in flight. */
export type LoadEvent =
  | { type: 'load.tooHigh' }
  | { type: 'load.normal' }
  | { type: 'requests.ended' };

export type CoordinatorFact =
  | { type: 'coordinator.serving' }
  | { type: 'coordinator.drained' }
  /** Too much is in flight, until it no longer is. */
  | { type: 'overload.began' | 'overload.ended' };

export const coordinatorMachine = setup({
  types: {
    events: {} as CoordinatorEvent,
    emitted: {} as CoordinatorFact,
  },
  actions: {
    tellServing: emit({ type: 'coordinator.serving' }),
    tellOverload: emit({ type: 'overload.began' }),
    tellRelief: emit({ type: 'overload.ended' }),
    tellDrained: emit({ type: 'coordinator.drained' }),
    admitRequests: notProvided('coordinator', 'admitRequests'),
    shedLoad: notProvided('coordinator', 'shedLoad'),
    drainRequests: notProvided('coordinator', 'drainRequests'),
  },
}).createMachine({
  id: 'coordinator',
  initial: 'waiting',
  states: {
    waiting: {
      on: { 'node.serving': 'serving', 'node.draining': 'draining' },
    },
    serving: {
      entry: ['admitRequests', 'tellServing'],
      on: { 'load.tooHigh': 'shedding', 'node.draining': 'draining' },
    },
    shedding: {
      entry: ['shedLoad', 'tellOverload'],
      exit: 'tellRelief',
      on: { 'load.normal': 'serving', 'node.draining': 'draining' },
    },
    draining: {
      entry: 'drainRequests',
      on: { 'requests.ended': 'stopped' },
    },
    stopped: { type: 'final', entry: 'tellDrained' },
  },
});
