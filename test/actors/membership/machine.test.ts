/** The chart: which event leads from which wait to which, and what it asks its host for. */
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import type { Effect, MembershipEvent, SwimMessage } from '../../../actors/membership/events.js';
import { membershipMachine } from '../../../actors/membership/machine.js';
import { suite } from '../../support/runner/suite.js';
import { claim, idOf } from './claims.js';

const test = suite('membership chart');

const INPUT = {
  self: { id: idOf('a'), address: 'a:8080', bootId: 'boot-a1' },
  random: () => 0.5,
};

/** Node a with its effects written down, in a ring with the given others. */
function host(others: readonly string[]) {
  const effects: Effect[] = [];
  const record =
    <T extends Effect['type']>(type: T) =>
    (_: unknown, params: Extract<Effect, { type: T }>['params']) => {
      effects.push({ type, params } as Effect);
    };
  const actor = createActor(
    membershipMachine.provide({
      actions: {
        sendMessage: record('sendMessage'),
        setTimer: record('setTimer'),
        clearTimer: record('clearTimer'),
        persistIncarnation: record('persistIncarnation'),
        connect: record('connect'),
      },
    }),
    { input: INPUT },
  );
  const facts: string[] = [];
  actor.on('*', ({ type }) => facts.push(type));
  actor.start();
  const members = others.map((name) => ({
    id: idOf(name),
    address: `${name}:8080`,
    incarnation: 0,
  }));
  actor.send({ type: 'ring.adopted', at: 0, members });
  return {
    actor,
    facts,
    effects,
    send: (event: MembershipEvent) => actor.send(event),
    state: () => {
      const { value } = actor.getSnapshot();
      return typeof value === 'string' ? value : value.running;
    },
    /** Of the probe under way. */
    lastPing() {
      const pings = effects.flatMap((effect) =>
        effect.type === 'sendMessage' && effect.params.message.type === 'swim.ping'
          ? [{ to: effect.params.to, message: effect.params.message }]
          : [],
      );
      return pings.at(-1)!;
    },
  };
}

type Host = ReturnType<typeof host>;

const persisted = (incarnation: number): MembershipEvent => ({
  type: 'incarnation.persisted',
  at: 0,
  incarnation,
});
const periodElapsed: MembershipEvent = { type: 'period.elapsed', at: 1000, lateByMs: 0 };
const ackTimedOut: MembershipEvent = { type: 'ack.timedOut', at: 1500, lateByMs: 0 };

function received(from: string, message: SwimMessage): MembershipEvent {
  return { type: 'message.received', at: 1200, wallMs: 1200, from, message };
}

function ackTo({ to, message }: ReturnType<Host['lastPing']>): SwimMessage {
  const sender = claim(`${to.at(-1)}1`);
  return { type: 'swim.ack', probe: message.probe, sender, wallMs: 0, rumours: [] };
}

/** Brings a host of node a into a state. */
function hostIn(state: string, others: readonly string[] = ['b', 'c']): Host {
  const it = host(others);
  if (state === 'starting') return it;
  it.send(persisted(1));
  if (state === 'waitingForAck' || state === 'waitingForRelays') it.send(periodElapsed);
  if (state === 'waitingForRelays') it.send(ackTimedOut);
  if (state === 'leaving') it.send({ type: 'leave', at: 0 });
  assert.is(it.state(), state);
  it.effects.splice(0, state === 'idle' ? it.effects.length : 0);
  return it;
}

test('starting: says nothing before its incarnation is on disk', () => {
  const it = hostIn('starting');
  assert.equal(it.effects, []);
  it.send(persisted(1));
  assert.is(it.state(), 'idle');
  assert.equal(
    it.effects.map((effect) => effect.type === 'setTimer' && effect.params.id),
    ['period', 'sync'],
  );
});

test('idle: the period ends -> probes; with nobody to probe it stays', () => {
  const it = hostIn('idle');
  it.send(periodElapsed);
  assert.is(it.state(), 'waitingForAck');
  const alone = hostIn('idle', []);
  alone.send(periodElapsed);
  assert.is(alone.state(), 'idle');
  assert.is(alone.effects.length, 1, 'the next period');
});

test('idle: a connection breaks -> that member is probed at once; a stranger is not', () => {
  const it = hostIn('idle');
  it.send({ type: 'peer.down', at: 300, id: idOf('x') });
  assert.is(it.state(), 'idle');
  it.send({ type: 'peer.down', at: 300, id: idOf('c') });
  assert.is(it.state(), 'waitingForAck');
  assert.is(it.lastPing().to, idOf('c'));
});

test('waitingForAck: a connection breaks -> that member is probed next', () => {
  const it = hostIn('waitingForAck', ['b', 'c', 'd', 'e', 'f']);
  const next = ['b', 'c', 'd', 'e', 'f'].map(idOf).filter((id) => id !== it.lastPing().to)[2]!;
  it.send({ type: 'peer.down', at: 1100, id: next });
  assert.is(it.state(), 'waitingForAck');
  it.send(received(it.lastPing().to, ackTo(it.lastPing())));
  it.send(periodElapsed);
  assert.is(it.lastPing().to, next);
});

test('waitingForAck: the answer -> idle; any other message -> waits on', () => {
  const it = hostIn('waitingForAck');
  it.send(received(idOf('c'), { type: 'swim.nack', probe: 99, rumours: [] }));
  assert.is(it.state(), 'waitingForAck');
  it.send(received(it.lastPing().to, ackTo(it.lastPing())));
  assert.is(it.state(), 'idle');
});

test('waitingForRelays: an answer by way of a relay -> idle, nobody suspected', () => {
  const it = hostIn('waitingForRelays');
  const { to } = it.lastPing();
  const relay = to === idOf('b') ? idOf('c') : idOf('b');
  it.send(received(relay, ackTo(it.lastPing())));
  assert.is(it.state(), 'idle');
  it.send(periodElapsed);
  assert.not.ok(it.facts.includes('member.suspect'));
});

test('waitingForRelays: the last nack -> suspected without waiting for the period to end', () => {
  const it = hostIn('waitingForRelays', ['b', 'c', 'd']);
  const { to, message } = it.lastPing();
  const relays = ['b', 'c', 'd'].map(idOf).filter((id) => id !== to);
  for (const [i, relay] of relays.entries()) {
    assert.is(it.state(), 'waitingForRelays', `nack ${i}`);
    it.send(received(relay, { type: 'swim.nack', probe: message.probe, rumours: [] }));
  }
  assert.is(it.state(), 'idle');
  assert.is(it.facts.at(-1), 'member.suspect');
});

test('waitingForRelays: the period ends -> suspected, and the next one is probed', () => {
  const it = hostIn('waitingForRelays');
  const first = it.lastPing();
  it.send({ ...periodElapsed, at: 2000 });
  assert.ok(it.facts.includes('member.suspect'));
  assert.is(it.state(), 'waitingForAck');
  assert.is.not(it.lastPing().message.probe, first.message.probe);
});

test('waitingForRelays: the only other member dies meanwhile -> idle', () => {
  const it = hostIn('waitingForRelays', ['b']);
  const rumours = [claim('b1', 'dead')];
  it.send(received(idOf('b'), { type: 'swim.nack', probe: 99, rumours }));
  it.send({ ...periodElapsed, at: 2000 });
  assert.is(it.state(), 'idle');
});

test('leave -> answers for one period more, then it is over', () => {
  for (const state of ['idle', 'waitingForAck', 'waitingForRelays']) {
    const it = hostIn(state);
    it.send({ type: 'leave', at: 2000 });
    assert.is(it.state(), 'leaving');
    it.send({ type: 'leave', at: 2000 });
    it.send({ type: 'peer.down', at: 2000, id: idOf('b') });
    const ping = { probe: 5, target: idOf('a'), sender: claim('b1'), rumours: [] };
    it.send(received(idOf('b'), { type: 'swim.ping', ...ping }));
    const last = it.effects.at(-1)!;
    assert.ok(last.type === 'sendMessage' && last.params.message.type === 'swim.ack');
    it.send({ ...periodElapsed, at: 3000 });
    assert.is(it.state(), 'left');
    assert.is(it.facts.at(-1), 'self.left');
  }
});

test('an incarnation, a ring, a suspicion, a relay, an exchange: dealt with in every wait', () => {
  for (const state of ['idle', 'waitingForAck', 'waitingForRelays', 'leaving']) {
    const it = hostIn(state);
    it.send(persisted(2));
    it.send({ type: 'ring.adopted', at: 1, members: [] });
    it.send({ type: 'peer.up', at: 1, peer: { id: idOf('b'), bootId: 'boot-b1' } });
    it.send({ type: 'suspicion.timedOut', at: 1, lateByMs: 0, id: idOf('b') });
    it.send({ type: 'relay.timedOut', at: 1, lateByMs: 0, relay: 5 });
    it.send({ type: 'sync.due', at: 1, lateByMs: 0 });
    assert.is(it.state(), state);
    assert.not.ok(it.facts.includes('event.unexpected'), state);
  }
});

test('an event that no wait expects -> told, not lost in silence', () => {
  const it = hostIn('idle');
  it.send(ackTimedOut);
  assert.is(it.facts.at(-1), 'event.unexpected');
});

test('an effect that the host does not provide -> an error that names it', async () => {
  const actor = createActor(membershipMachine, { input: INPUT });
  const failed = new Promise<unknown>((resolve) => actor.subscribe({ error: resolve }));
  actor.start();
  actor.send(persisted(1));
  assert.match(String(await failed), /the action setTimer is not provided/);
});

test.run();
