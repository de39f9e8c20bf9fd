/**
 * The host of the membership actor: its timers, its disk, and what comes when the actor is gone.
 */
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import type { SwimMessage } from '../../../actors/membership/events.js';
import { DiskTrust } from '../../../actors/node/disk-trust.js';
import { RESERVED } from '../../../src/node/identity.js';
import { MembershipHost } from '../../../src/node/membership/host.js';
import type { Store, Transport } from '../../../src/ports.js';
import { claim, idOf } from '../../actors/membership/claims.js';
import { ackOf } from '../../actors/membership/driver.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { type DeadLetter, watchDeadLetters } from '../../sim/world/dead-letters.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('membership host');

/** Of an older copy of a disk, while nobody hears it. */
const MANY_BOOTS = 20;

/** Node a in a ring with b, not begun. Writes to its disk last until `synced` is called. */
function hostOfA() {
  const clock = new ManualClock();
  const written: { text: string; synced: () => void }[] = [];
  const sent: SwimMessage[] = [];
  const words: string[] = [];
  const trust = new DiskTrust({ id: idOf('a'), incarnation: 2 });
  const store: Partial<Store> = {
    setMeta: (_, text, synced) => void written.push({ text, synced }),
  };
  const transport: Partial<Transport> = {
    send: (_, message) => sent.push(message as SwimMessage) > 0,
  };
  const identity = {
    id: idOf('a'),
    incarnation: 1,
    bootId: 'boot-a1',
    seen: {},
    former: undefined,
  };
  const host = new MembershipHost({
    clock,
    store: store as Store,
    transport: transport as Transport,
    identity,
    trust,
    onTrust: () => words.push(trust.trust),
  });
  const self = { ...identity, address: 'a:8080' };
  const actor = createActor(host.machine, { clock, input: { self, random: () => 0.5 } }).start();
  const facts: string[] = [];
  host.attach(actor);
  actor.on('*', (fact) => {
    facts.push(fact.type);
    host.note(fact);
  });
  adopt(host, 'b');
  return { clock, written, sent, words, facts, trust, host, actor };
}

/** A ring of these is in force, all of them present. */
function adopt(host: MembershipHost, ...names: string[]): void {
  adoptWith(host, names, []);
}

/** The same, and these are to come. */
function adoptWith(host: MembershipHost, present: string[], coming: string[]): void {
  const members = [...present, ...coming].map((name) => ({
    id: idOf(name),
    address: `${name}:8080`,
  }));
  host.adoptRing(members, present.map(idOf));
}

/** The same, and b has answered: its disk is known to be the newest, and numbers are reserved. */
function trustedHostOfA() {
  const a = hostOfA();
  a.host.start();
  a.host.receive(idOf('b'), ackOf(1, claim('b1', 'alive')));
  a.written.pop()!.synced();
  a.sent.length = 0;
  return a;
}

function incarnationsTold(sent: readonly SwimMessage[]): number[] {
  return sent.flatMap((message) => ('sender' in message ? [message.sender.incarnation] : []));
}

function accusationOf(incarnation: number): SwimMessage {
  return { type: 'swim.nack', probe: 0, rumours: [claim(`a${incarnation}`, 'suspect', ['b'])] };
}

test('the incarnation is not on disk yet -> says nothing, and status answers', () => {
  const { clock, sent, host } = hostOfA();
  clock.advance(10_000);
  const { self, members } = host.status();
  assert.equal(sent, []);
  assert.is(self.incarnation, 0);
  assert.equal(
    members.map(({ id, status, forMs }) => ({ id, status, forMs })),
    [{ id: idOf('b'), status: 'alive', forMs: 10_000 }],
  );
});

test('a member is dead, and this node stands still -> it has not watched meanwhile', () => {
  const { clock, host } = trustedHostOfA();
  const c = idOf('c');
  adopt(host, 'a', 'b', 'c', 'd');
  assert.is(host.deadForMs(c), undefined);
  host.note({ type: 'member.dead', at: clock.now(), ...claim('c1', 'dead') });
  clock.advance(500);
  assert.is(host.deadForMs(c), 500);
  clock.standStill(600_000);
  assert.is(host.deadForMs(c), 0, 'before any timer has had its turn');
  clock.advance(300);
  assert.is(host.deadForMs(c), 300);
});

test('this node stands still, and nobody asks then -> its late timers say so', () => {
  const { clock, host } = trustedHostOfA();
  adopt(host, 'a', 'b', 'c', 'd');
  host.note({ type: 'member.dead', at: clock.now(), ...claim('c1', 'dead') });
  clock.standStill(600_000);
  clock.advance(300);
  assert.is(host.deadForMs(idOf('c')), 300);
});

test('it is slow now and then, for less than others give it up -> the dead get deader', () => {
  for (const standstill of [3499, 4000]) {
    const { clock, host } = trustedHostOfA();
    adopt(host, 'a', 'b', 'c', 'd');
    host.note({ type: 'member.dead', at: clock.now(), ...claim('c1', 'dead') });
    // A node that knows itself to be slow has none but late timers.
    for (let i = 0; i < 9; i++) {
      clock.standStill(standstill);
      clock.advance(3000);
    }
    const tookMs = clock.now();
    clock.advance(1);
    assert.is(host.deadForMs(idOf('c')), standstill < 4000 ? tookMs + 1 : 3001);
  }
});

test('most members were dead from here -> the others are watched since one came back', () => {
  const { clock, host } = hostOfA();
  const names = ['a', 'b', 'c', 'd', 'e'];
  adopt(host, ...names);
  const tell = (type: 'member.dead' | 'member.alive', name: string) =>
    host.note({
      type,
      at: clock.now(),
      ...claim(`${name}1`, type === 'member.dead' ? 'dead' : 'alive'),
    });
  tell('member.dead', 'b');
  clock.advance(10_000);
  tell('member.dead', 'c');
  tell('member.alive', 'c');
  assert.is(host.deadForMs(idOf('b')), 10_000, 'most were there all the time');
  tell('member.dead', 'c');
  tell('member.dead', 'd');
  clock.advance(10_000);
  tell('member.alive', 'd');
  assert.is(host.deadForMs(idOf('b')), 0);
  clock.advance(7);
  assert.is(host.deadForMs(idOf('b')), 7);
});

test('who is to come counts for nobody; a new ring can end a time of blindness', () => {
  const { clock, host } = hostOfA();
  const die = (name: string) =>
    host.note({ type: 'member.dead', at: clock.now(), ...claim(`${name}1`, 'dead') });
  adoptWith(host, ['a', 'b', 'c'], ['d', 'e']);
  for (const name of ['b', 'd', 'e']) die(name);
  clock.advance(10_000);
  adopt(host, 'a', 'b', 'c');
  assert.is(host.deadForMs(idOf('b')), 10_000, 'a and c were there, and saw it');

  die('c');
  clock.advance(1000);
  adopt(host, 'a', 'b', 'd2', 'd3', 'd4');
  assert.is(host.deadForMs(idOf('b')), 0, 'two of three were gone till then');
});

test('the disk is stuck -> accusations are denied at once, while numbers are reserved', () => {
  const { sent, host } = trustedHostOfA();
  const first = host.status().self.incarnation;
  for (let incarnation = first; incarnation <= first + RESERVED; incarnation++) {
    assert.is(host.status().self.incarnation, incarnation);
    sent.length = 0;
    host.receive(idOf('b'), accusationOf(incarnation));
    const isLast = incarnation === first + RESERVED;
    assert.equal(incarnationsTold(sent), isLast ? [] : [incarnation + 1]);
  }
});

test('a denial -> more numbers are reserved; the next one is told when they are on disk', () => {
  const { sent, written, host } = trustedHostOfA();
  const first = host.status().self.incarnation;
  for (let incarnation = first; incarnation <= first + RESERVED; incarnation++) {
    host.receive(idOf('b'), accusationOf(incarnation));
  }
  assert.equal(JSON.parse(written[0]!.text), {
    ...{ id: idOf('a'), incarnation: first + 1 + RESERVED },
    seen: { [idOf('b')]: 1 },
  });
  sent.length = 0;
  for (const { synced } of written.slice(0, -1)) synced();
  assert.equal(incarnationsTold(sent), []);
  written.at(-1)!.synced();
  assert.equal(incarnationsTold(sent), [first + 1 + RESERVED]);
});

test('raised -> far above what an older copy of the disk boots with, when it is on disk', () => {
  const { clock, written, sent, host } = trustedHostOfA();
  const first = host.status().self.incarnation;
  host.raise();
  clock.advance(1000);
  assert.equal(new Set(incarnationsTold(sent)), new Set([first]));
  written[0]!.synced();
  const { incarnation } = host.status().self;
  const copyBootsWith = first + RESERVED + 1;
  assert.ok(incarnation > copyBootsWith + MANY_BOOTS, `${incarnation}, ${copyBootsWith}`);
});

test('an older disk -> each start costs it one number, denials too, until it is trusted', () => {
  const { written, host } = hostOfA();
  host.start();
  assert.is(written.length, 0, 'its node has saved the number of this start');
  host.receive(idOf('b'), accusationOf(1));
  assert.is(JSON.parse(written.at(-1)!.text).incarnation, 2);
});

test('trusted -> raised at once, far above what a copy of the disk boots with', () => {
  const { written, host } = hostOfA();
  host.start();
  host.receive(idOf('b'), ackOf(1, claim('b1', 'alive')));
  assert.is(host.status().self.incarnation, 1);
  written.at(-1)!.synced();
  const { incarnation } = host.status().self;
  assert.ok(incarnation > 1 + MANY_BOOTS);
  assert.is(JSON.parse(written.at(-1)!.text).incarnation, incarnation + RESERVED);
});

test('a member raises its incarnation while it lives -> the new one is on our disk', () => {
  const { clock, written, host } = hostOfA();
  host.start();
  for (const sender of ['b1', 'b5', 'b3']) host.receive(idOf('b'), ackOf(1, claim(sender)));
  adopt(host, 'b', 'c');
  host.receive(idOf('b'), ackOf(1, claim('b7')));
  clock.advance(1);
  host.raise();
  const { seen } = JSON.parse(written.at(-1)!.text) as { seen: object };
  assert.equal(seen, { [idOf('b')]: 7, [idOf('c')]: 0 });
});

test('an answer that had arrived when the verdict was due -> heard before the verdict', () => {
  for (const answers of [true, false]) {
    const { clock, sent, facts, host } = hostOfA();
    host.start();
    clock.advance(500);
    const [ping] = sent;
    assert.is(ping?.type, 'swim.ping');
    clock.advance(999);
    // Stands in line behind the timer, as what is read from sockets does.
    clock.setTimeout(() => {
      if (answers) host.receive(idOf('b'), ackOf((ping as { probe: number }).probe, claim('b1')));
    }, 1);
    clock.advance(1);
    assert.is(facts.includes('member.suspect'), !answers);
    assert.is(host.statusOf(idOf('b')), answers ? 'alive' : 'suspect');
  }
});

test('a peer answers us -> its word that our disk is not old; answers to others are none', () => {
  const { words, host } = hostOfA();
  const answer = ackOf(1, claim('b1', 'alive'));
  host.receive(idOf('c'), answer);
  assert.equal(words, [], 'passed on: b has heard nothing from us');
  host.receive(idOf('b'), answer);
  host.receive(idOf('b'), answer);
  assert.equal(words, ['trusted']);
});

test('a peer denies that our disk is the newest -> final', () => {
  const { words, host } = hostOfA();
  host.denied();
  host.lost(idOf('b'));
  host.receive(idOf('b'), ackOf(1, claim('b1', 'alive')));
  assert.equal(words, ['denied']);
});

test('alone but for who is to come, and that one is lost -> trusted, said, and raised', () => {
  const { words, written, trust, host } = hostOfA();
  trust.ringAdopted([idOf('a')], [idOf('a'), idOf('b')]);
  host.lost(idOf('c'));
  assert.equal(words, []);
  host.lost(idOf('b'));
  host.lost(idOf('b'));
  assert.equal(words, ['trusted']);
  assert.ok(JSON.parse(written.at(-1)!.text).incarnation > MANY_BOOTS);
});

test('the actor has ended -> no timer is left, and what comes late is dropped', () => {
  const letters: DeadLetter[] = [];
  const unwatch = watchDeadLetters((letter) => letters.push(letter));
  try {
    const { clock, written, host, actor } = hostOfA();
    host.start();
    host.receive(idOf('b'), accusationOf(1));
    actor.stop();
    assert.is(clock.nextMs, undefined);
    written[0]!.synced();
    host.receive(idOf('b'), accusationOf(1));
    host.peerUp({ id: idOf('b'), bootId: 'boot-b1', address: 'b:8080' });
    host.peerDown(idOf('b'));
    adopt(host);
    assert.equal(letters, []);
    assert.is(host.status().members.length, 1);
  } finally {
    unwatch();
  }
});

test.run();
