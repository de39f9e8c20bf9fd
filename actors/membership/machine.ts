/**
 * The membership actor: SWIM's probe cycle as a chart around the detector.
 *
 * | state            | waits for                                | leaves on                      |
 * |------------------|------------------------------------------|--------------------------------|
 * | starting         | this boot's incarnation to be on disk    | incarnation.persisted          |
 * | idle             | the next period                          | period.elapsed, peer.down      |
 * | waitingForAck    | the probed member's answer               | its ack, ack.timedOut          |
 * | waitingForRelays | an answer through others, or their nacks | ack, last nack, period.elapsed |
 * | leaving          | the goodbye to spread, one period        | period.elapsed                 |
 * | left             | (final)                                  |                                |
 *
 * All but the first and last are within `running`, where messages, suspicions and exchanges go on
 * whatever the probe cycle waits for. Timers are the host's, set by name through `setTimer`: they
 * carry the time and by how much they were late, which an `after` cannot.
 *
 * Events in, facts out and effects: `events.ts`. The tables live in one `Detector`, which the chart
 * never copies.
 */
import { emit, enqueueActions, setup } from 'xstate';
import { notProvided } from '../effects.js';
import { Detector, type MembershipInput } from './detector.js';
import type { Effect, MembershipEvent, MembershipFact } from './events.js';

export type { MembershipInput };

type ParamsOf<T extends Effect['type']> = Extract<Effect, { type: T }>['params'];

type EventOf<T extends MembershipEvent['type']> = Extract<MembershipEvent, { type: T }>;

/** Lets the detector take an event, and hands its effects to the actions of their names. */
function detector<T extends MembershipEvent['type']>(
  type: T,
  take: (detector: Detector, event: EventOf<T>) => void,
) {
  return enqueueActions<
    { detector: Detector },
    MembershipEvent,
    undefined,
    MembershipEvent,
    never,
    Effect,
    never,
    never,
    MembershipFact
  >(({ context, event, enqueue }) => {
    if (event.type !== type) throw new Error(`membership: ${event.type} where ${type} belongs`);
    take(context.detector, event as EventOf<T>);
    for (const effect of context.detector.effects()) enqueue(effect);
  });
}

export const membershipMachine = setup({
  types: {
    context: {} as { detector: Detector },
    events: {} as MembershipEvent,
    emitted: {} as MembershipFact,
    input: {} as MembershipInput,
  },
  guards: {
    hasTarget: ({ context }) => context.detector.hasTarget,
    isTarget: ({ context, event }) =>
      event.type === 'peer.down' && context.detector.isTarget(event.id),
    answersProbe: ({ context, event }) =>
      event.type === 'message.received' && context.detector.answersProbe(event.message),
    isLastNack: ({ context, event }) =>
      event.type === 'message.received' && context.detector.isLastNack(event.from, event.message),
  },
  actions: {
    start: detector('incarnation.persisted', (d, { incarnation }) => d.start(incarnation)),
    probeNext: detector('period.elapsed', (d, { at, lateByMs }) => d.probeNext(at, lateByMs)),
    rest: detector('period.elapsed', (d, { at, lateByMs }) => d.rest(at, lateByMs)),
    hurry: detector('peer.down', (d, { id }) => d.hurry(id)),
    probeNow: detector('peer.down', (d, { at }) => d.probeNext(at, 0)),
    askRelays: detector('ack.timedOut', (d, { at, lateByMs }) => d.askRelays(at, lateByMs)),
    judge: detector('period.elapsed', (d, { at, lateByMs }) => d.judge(at, lateByMs)),
    judgeNow: detector('message.received', (d, { at }) => d.judge(at, 0)),
    receive: detector('message.received', (d, { from, message, at, wallMs }) =>
      d.receive(from, message, at, wallMs),
    ),
    greet: detector('peer.up', (d, { peer, at }) => d.greet(peer, at)),
    adoptRing: detector('ring.adopted', (d, { members, at }) => d.adoptRing(members, at)),
    deny: detector('incarnation.persisted', (d, { incarnation }) => d.deny(incarnation)),
    expireRelay: detector('relay.timedOut', (d, { relay }) => d.expireRelay(relay)),
    expireSuspicion: detector('suspicion.timedOut', (d, { id, at, lateByMs }) =>
      d.expireSuspicion(id, at, lateByMs),
    ),
    sync: detector('sync.due', (d, { at }) => d.sync(at)),
    announceLeave: detector('leave', (d) => d.leave()),
    tell: emit((_, fact: MembershipFact) => fact),
    tellLeft: emit(({ event }) => ({ type: 'self.left' as const, at: event.at })),
    tellUnexpected: emit(({ event }) => ({
      type: 'event.unexpected' as const,
      at: event.at,
      event: event.type,
    })),
    sendMessage: notProvided<ParamsOf<'sendMessage'>>('membership', 'sendMessage'),
    setTimer: notProvided<ParamsOf<'setTimer'>>('membership', 'setTimer'),
    clearTimer: notProvided<ParamsOf<'clearTimer'>>('membership', 'clearTimer'),
    persistIncarnation: notProvided<ParamsOf<'persistIncarnation'>>(
      'membership',
      'persistIncarnation',
    ),
    connect: notProvided<ParamsOf<'connect'>>('membership', 'connect'),
  },
}).createMachine({
  id: 'membership',
  context: ({ input }) => ({ detector: new Detector(input) }),
  initial: 'starting',
  on: {
    'ring.adopted': { actions: 'adoptRing' },
    '*': { actions: 'tellUnexpected' },
  },
  states: {
    starting: {
      on: { 'incarnation.persisted': { target: 'running', actions: 'start' } },
    },
    running: {
      initial: 'idle',
      on: {
        'message.received': { actions: 'receive' },
        'peer.up': { actions: 'greet' },
        'peer.down': { actions: 'hurry' },
        'incarnation.persisted': { actions: 'deny' },
        'relay.timedOut': { actions: 'expireRelay' },
        'suspicion.timedOut': { actions: 'expireSuspicion' },
        'sync.due': { actions: 'sync' },
        leave: { target: '.leaving', actions: 'announceLeave' },
      },
      states: {
        idle: {
          on: {
            'period.elapsed': [
              { guard: 'hasTarget', target: 'waitingForAck', actions: 'probeNext' },
              { actions: 'rest' },
            ],
            'peer.down': {
              guard: 'isTarget',
              target: 'waitingForAck',
              actions: ['hurry', 'probeNow'],
            },
          },
        },
        waitingForAck: {
          on: {
            'message.received': { guard: 'answersProbe', target: 'idle', actions: 'receive' },
            'ack.timedOut': { target: 'waitingForRelays', actions: 'askRelays' },
          },
        },
        waitingForRelays: {
          on: {
            'message.received': [
              { guard: 'answersProbe', target: 'idle', actions: 'receive' },
              { guard: 'isLastNack', target: 'idle', actions: ['receive', 'judgeNow'] },
            ],
            'period.elapsed': [
              { guard: 'hasTarget', target: 'waitingForAck', actions: ['judge', 'probeNext'] },
              { target: 'idle', actions: ['judge', 'rest'] },
            ],
          },
        },
        leaving: {
          on: { 'period.elapsed': '#membership.left', 'peer.down': {}, leave: {} },
        },
      },
    },
    left: { type: 'final', entry: 'tellLeft' },
  },
});
