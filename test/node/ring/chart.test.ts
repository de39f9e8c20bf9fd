/**
 * The ring's chart with its real hosts, state by state: what a peer and a client see of each. The
 * chart alone is in `test/actors/ring/machine.test.ts`.
 */
import * as assert from 'uvu/assert';
import type { Ring } from '../../../src/core/ring/ring.js';
import { formatRing, parseRing } from '../../../src/core/ring/ring-json.js';
import { SimDisk } from '../../sim/disk/store.js';
import { suite } from '../../support/runner/suite.js';
import { codeOf, diskIn, idOf, member, OneNode, ringOf, SELF } from '../one-node.js';

const test = suite('ring: chart and hosts');
const B = idOf('b');
const C = idOf('c');

const joinRequest = (name: string, peers: string[]) => ({
  type: 'ring.join' as const,
  call: 7,
  member: JSON.stringify({ member: member(name), met: [], peers: peers.map(idOf) }),
});

/** Node a in ring 5 with b and c, connected with both, and served by both. */
function amongThree(options: { evictAfterMs?: number } = {}, ring = ringOf(5, 'a', 'b', 'c')) {
  const it = new OneNode({ ...options, disk: diskIn(ring) }).pass(10).connect('b', 'c').pass(3500);
  assert.is(it.state, 'serving');
  it.sent('ring.fetch');
  return it;
}

/** The voters b and c answer what was sent them last. */
function vote(it: OneNode, phase: 'prepare' | 'accept', ok: boolean) {
  const asked = it.sent(`ring.${phase}`);
  for (const { to, message } of asked) {
    const { call } = message;
    const promised = { round: ok ? 1 : 9, node: to };
    if (phase === 'accept') it.hear(to[0]!, { type: 'ring.accepted', call, ok, promised });
    else it.hear(to[0]!, { type: 'ring.promised', call, ok, promised, accepted: undefined });
  }
  return asked;
}

/** The ring that it asks the voters to accept, once they have promised. */
function proposedBy(it: OneNode): Ring {
  vote(it, 'prepare', true);
  const [asked] = it.pass(10).sent('ring.accept');
  if (asked?.message.type !== 'ring.accept') throw new Error('nothing is proposed');
  return parseRing(asked.message.ring);
}

test('founding -> the first ring is on disk before it is in force, and before it serves', () => {
  const disk = new SimDisk();
  disk.slowness = 1000;
  const it = new OneNode({ disk });
  while (it.ringState !== 'founding') it.pass(10);
  assert.is(codeOf(it.write()), 'not_ready');
  assert.is(disk.meta.get('ring'), undefined);
  assert.is(it.node.epoch(), 0);
  disk.slowness = 1;
  it.pass(20_000);
  assert.equal(it.node.ring(), parseRing(disk.meta.get('ring') ?? ''));
  assert.is(codeOf(it.write()), 'ok');
});

test('joining -> dials, asks each second, and takes a ring that names it', () => {
  const it = new OneNode({ introducers: ['b:1'] }).pass(10);
  assert.ok(it.dialled.has('b:1'));
  it.connect('b');
  it.sent('ring.join');
  assert.is(it.pass(1000).sent('ring.join').length, 1);
  assert.is(codeOf(it.write()), 'not_ready');
  it.hear('b', { type: 'ring.decided', ring: formatRing(ringOf(3, 'b', 'c')) }).pass(10);
  assert.is(it.node.epoch(), 0, 'a ring without us is of no use');
  it.hear('b', { type: 'ring.decided', ring: formatRing(ringOf(4, 'a', 'b')) }).pass(10);
  assert.is(it.node.epoch(), 4);
  assert.equal(it.pass(2000).sent('ring.join'), [], 'asks no more');
});

test('refused -> asks no more, and the node ends with the reason', () => {
  const it = new OneNode({ introducers: ['b:1'] }).pass(10).connect('b').pass(1000);
  const [asked] = it.sent('ring.join');
  const { call } = asked!.message;
  it.hear('b', { type: 'ring.joining', call, refusal: 'no', waitsFor: '', ring: undefined });
  assert.ok(it.facts.some((fact) => fact.type === 'node.failed' && fact.reason === 'no'));
  assert.equal(it.pass(5000).sent('ring.join'), []);
});

test('meeting -> tells whom it has met; has it met all, the lowest id founds with all', () => {
  const it = new OneNode({ expect: 3 }).pass(10).connect('b');
  const wish = (name: string, ...met: string[]) => {
    const flags = { partitions: 8, expect: 3, met: met.map(member), peers: [] };
    return {
      type: 'ring.join' as const,
      call: 1,
      member: JSON.stringify({ member: member(name), ...flags }),
    };
  };
  it.sent('ring.join');
  const [asked] = it.hear('b', wish('b')).sent('ring.join');
  assert.equal(JSON.parse(asked!.message.member).met, [member('b')], 'told at once');
  it.connect('c')
    .hear('c', wish('c', 'a', 'b'))
    .pass(10);
  assert.is(it.node.epoch(), 0, 'b has not said yet that it has met c');
  it.hear('b', wish('b', 'a', 'c')).pass(10);
  assert.equal(it.node.ring()?.members, ['a', 'b', 'c'].map(member));
});

test('settled -> nobody is asked for a vote; a wish is gathered for 300 ms', () => {
  const it = amongThree();
  assert.is(it.ringState, 'settled');
  assert.equal(it.pass(10_000).sent('ring.prepare'), []);
  it.connect('d').hear('d', joinRequest('d', ['a', 'b', 'c']));
  assert.is(it.ringState, 'gathering');
  assert.is(it.node.status().change.state, 'wanted');
  it.connect('e')
    .pass(200)
    .hear('e', joinRequest('e', ['a', 'b', 'c']));
  assert.equal(it.pass(99).sent('ring.prepare'), []);
  assert.equal(
    it
      .pass(1)
      .sent('ring.prepare')
      .map(({ to, message }) => [to, message.epoch]),
    [
      [B, 6],
      [C, 6],
    ],
  );
  assert.is(it.ringState, 'proposing');
});

test('proposing -> all that were gathered go together; decided, it is told and in force', () => {
  const it = amongThree();
  it.connect('d', 'e').hear('d', joinRequest('d', ['a', 'b', 'c']));
  it.hear('e', joinRequest('e', ['a', 'b', 'c'])).pass(300);
  vote(it, 'prepare', true);
  it.pass(10);
  const [asked] = vote(it, 'accept', true);
  const { ring: text } = asked!.message as { ring: string };
  const names = parseRing(text).transition?.members.map(({ id }) => id[0]);
  assert.equal(names, ['a', 'b', 'c', 'd', 'e']);
  assert.equal(
    it.sent('ring.decided').map(({ to, message }) => [to[0], message.ring]),
    ['b', 'c', 'd', 'e'].map((to) => [to, text]),
  );
  assert.is(it.pass(10).node.epoch(), 6);
  assert.is(it.node.status().change.state, 'in transition');
});

test('backingOff -> asks again with a higher ballot, but not at once', () => {
  const it = amongThree();
  it.connect('d')
    .hear('d', joinRequest('d', ['a', 'b', 'c']))
    .pass(300);
  vote(it, 'prepare', false);
  assert.is(it.ringState, 'backingOff');
  assert.equal(it.pass(100).sent('ring.prepare'), []);
  const again = it
    .hear('d', joinRequest('d', ['a', 'b', 'c']))
    .pass(400)
    .sent('ring.prepare');
  assert.equal(
    again.map(({ message }) => message.ballot.round),
    [10, 10],
  );
});

test('waiting -> a newcomer that needs a dead owner: nothing is proposed, and it says why', () => {
  const it = amongThree();
  it.disconnect('b').disconnect('c').connect('d');
  it.hear('d', joinRequest('d', ['a'])).pass(5);
  assert.is(it.ringState, 'waiting');
  assert.match(it.node.status().change.waitsFor ?? '', 'a majority of the voters');
  assert.equal(it.pass(3000).sent('ring.prepare'), []);
  it.connect('b', 'c')
    .hear('d', joinRequest('d', ['a', 'b', 'c']))
    .pass(1000);
  assert.is(it.sent('ring.prepare').length, 2);
});

test('watching -> a dead member is counted down, and its eviction proposed in turn', () => {
  const four = ringOf(5, 'a', 'b', 'c', 'd');
  const it = amongThree({ evictAfterMs: 20_000 }, four).connect('d').pass(1000);
  it.disconnect('d').silence('d');
  const died = () => it.facts.some(({ type }) => type === 'member.dead');
  for (let passed = 0; !died(); passed += 100) {
    assert.ok(passed < 120_000, 'it is found dead');
    it.pass(100);
  }
  assert.is(it.ringState, 'watching');
  const [eviction] = it.node.status().change.evictions;
  assert.is(eviction?.id, idOf('d'));
  assert.equal(it.pass(eviction!.inMs - 1000).sent('ring.prepare'), []);
  // The lowest id comes first: nobody is waited for.
  assert.is(it.pass(2100).sent('ring.prepare').length, 2);
});

test('waitingForTurn -> who is second leaves it to the first, for 300 ms', () => {
  const ring = ringOf(5, 'a', 'b', 'c');
  const changing = {
    ...ring,
    transition: { members: ring.members.slice(0, 2), layout: ring.layout.map(() => [0, 1]) },
  };
  const first = { ...member('0'), id: '0'.repeat(16) };
  const pulledBy = (it: OneNode) => {
    for (const name of ['a', 'b']) it.hear(name, { type: 'ring.pulled', epoch: 5 });
    return it;
  };
  const ours = pulledBy(amongThree({}, changing)).pass(1);
  assert.is(ours.sent('ring.prepare').length, 2, 'a is the first');
  const members = [first, ...ring.members];
  const layout = ring.layout.map(() => [0, 1, 2]);
  const second = amongThree({}, { ...changing, members, layout });
  second.connect('0').pass(1);
  pulledBy(second);
  assert.is(second.ringState, 'waitingForTurn');
  assert.equal(second.pass(299).sent('ring.prepare'), []);
  assert.is(second.pass(1).sent('ring.prepare').length, 3);
});

test('due -> a wish that is fulfilled meanwhile is not proposed', () => {
  const it = amongThree();
  it.connect('d')
    .hear('d', joinRequest('d', ['a', 'b', 'c']))
    .disconnect('d');
  assert.equal(it.pass(1000).sent('ring.prepare'), [], 'who would have to fetch is gone');
  assert.is(it.ringState, 'waiting');
  assert.is(it.pass(6000).ringState, 'settled', 'and the wish is forgotten');
});

test('another ring comes into force -> what was gathered is proposed on that one', () => {
  const it = amongThree();
  it.connect('d')
    .hear('d', joinRequest('d', ['a', 'b', 'c']))
    .pass(100);
  it.hear('b', { type: 'ring.decided', ring: formatRing(ringOf(6, 'a', 'b', 'c')) });
  assert.equal(it.pass(290).sent('ring.prepare'), []);
  const asked = it.pass(30).sent('ring.prepare');
  assert.equal(
    asked.map(({ message }) => message.epoch),
    [7, 7],
  );
});

test('out -> the others are told of the ring without us, and nothing is proposed', () => {
  const it = amongThree();
  it.hear('b', { type: 'ring.decided', ring: formatRing(ringOf(6, 'b', 'c')) }).pass(10);
  assert.is(it.state, 'renouncing');
  assert.equal(
    it.sent('ring.hand').map(({ to }) => to),
    [B, C],
  );
  it.hear('d', joinRequest('d', ['a', 'b', 'c'])).pass(1000);
  assert.equal(it.sent('ring.prepare'), []);
});

test('a voter -> votes on the next ring alone; who is behind, or it itself, is helped on', () => {
  const it = amongThree();
  const ballot = { round: 1, node: B };
  const ask = (epoch: number) =>
    it.hear('b', { type: 'ring.prepare', call: epoch, epoch, ballot }).pass(10);
  assert.is(ask(6).sent('ring.promised')[0]?.message.ok, true);
  assert.is(ask(5).sent('ring.promised')[0]?.message.ok, false);
  assert.equal(
    it.sent('ring.decided').map(({ message }) => parseRing(message.ring).epoch),
    [5],
  );
  assert.is(ask(9).sent('ring.promised')[0]?.message.ok, false);
  assert.equal(it.sent('ring.fetch'), [{ to: B, message: { type: 'ring.fetch', epoch: 5 } }]);
});

test('a wish of our own, moved elsewhere -> proposed, with nobody asking', () => {
  const ring = ringOf(5, 'a', 'b', 'c');
  const members = [{ ...member('a'), address: 'formerly:1' }, ...ring.members.slice(1)];
  const it = amongThree({}, { ...ring, members });
  const { members: wanted, transition } = proposedBy(it.pass(400));
  assert.equal(
    wanted.find(({ id }) => id === SELF),
    member('a'),
  );
  assert.is(transition, undefined);
});

test.run();
