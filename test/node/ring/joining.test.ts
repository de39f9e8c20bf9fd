/** What newcomers are told, and how they meet. */
import * as assert from 'uvu/assert';
import type { Asked, Replication } from '../../../src/core/ring/replication.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Joining } from '../../../src/node/ring/joining.js';
import { ManualClock } from '../../peers/manual-clock.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('joining');
const idOf = (digit: string) => digit.repeat(16);
const member = (digit: string) => ({
  id: idOf(digit),
  address: `${digit}:1`,
  weight: 1,
  zone: '',
});
const RING: Ring = {
  clusterId: '0'.repeat(32),
  epoch: 3,
  replicas: 5,
  writeQuorum: 4,
  readQuorum: 2,
  members: ['a', 'b'].map(member),
  layout: [[0, 1]],
};

interface Situation extends Asked<Replication> {
  introducers?: string[];
  ring?: Ring;
  expect?: number;
  status?: string;
}

type Reply = Partial<ReturnType<Joining['answer']>>;

function start({ ring, expect = 0, status = 'alive', ...asked }: Situation = {}) {
  const clock = new ManualClock();
  const peers = new Map<string, (reply: Reply) => void>();
  const joined: string[] = [];
  /** Whom it has said to have met, each time that it has asked somebody. */
  const told: string[] = [];
  const events: { type: string; reason?: string }[] = [];
  const introduced = new Set<string>();
  const joining = new Joining({
    settings: {
      self: member('a'),
      introducers: [],
      expect,
      clusterId: undefined,
      partitions: 1,
      ...asked,
    },
    rings: {
      current: ring,
      send: (event: { type: string }) => events.push(event),
      learn: () => undefined,
    } as never,
    wishes: {
      join: ({ id }: { id: string }) => joined.push(id[0]!),
    } as never,
    isReachable: () => true,
    membership: { statusOf: () => status } as never,
    calls: {
      request: (
        peer: string,
        _: unknown,
        asked: { member: string },
        __: number,
        done: (reply: Reply) => void,
      ) => {
        const { met } = JSON.parse(asked.member) as { met: { id: string }[] };
        told.push(met.map(({ id }) => id[0]).join(''));
        peers.set(peer, done);
      },
    } as never,
    transport: {
      connected: () => [...peers.keys()],
      isUp: () => false,
      introduce: (address: string) => introduced.add(address),
    } as never,
    clock,
    log: () => undefined,
    onWaiting: () => undefined,
  });
  const ask = (from: string, also: object = {}) =>
    joining.answer(
      JSON.stringify({
        member: member(from),
        partitions: 1,
        expect,
        met: [],
        peers: [idOf('a'), idOf('b')],
        ...also,
      }),
    );
  /** A node is there, and answers what it was asked. */
  const answers = (from: string, reply: Reply) => {
    peers.set(idOf(from), () => undefined);
    joining.connected(idOf(from), member(from).address);
    peers.get(idOf(from))!({ refusal: '', waitsFor: '', ...reply });
  };
  return { joining, ask, answers, joined, told, events, introduced, clock };
}

test('a newcomer that is connected with all members -> its wish is noted', () => {
  const { ask, joined } = start({ ring: RING });
  assert.equal(ask('c').refusal, '');
  assert.equal(joined, ['c']);
});

test('a newcomer that one member does not know yet -> waits, told for whom and where', () => {
  const { ask, joined } = start({ ring: RING });
  const answer = ask('c', { peers: [idOf('a')] });
  assert.match(answer.waitsFor, idOf('b'));
  assert.is(answer.ring, JSON.stringify(RING), 'with the address of every member');
  assert.equal(joined, []);
});

test('a member asks -> gets the ring', () => {
  assert.is(start({ ring: RING }).ask('b').ring, JSON.stringify(RING));
});

test('other numbers than the ring has -> refused, with both of them', () => {
  // What the node itself was told does not count.
  const { ask, joined } = start({ ring: RING, replicas: 3, writeQuorum: 2, readQuorum: 2 });
  const refusal = (asked: object) => ask('c', asked).refusal;
  assert.is(refusal({ partitions: 4 }), 'this cluster has --partitions 1, not 4');
  assert.is(refusal({ replicas: 3 }), 'this cluster has --replicas 5, not 3');
  assert.is(refusal({ writeQuorum: 3 }), 'this cluster has --write-quorum 4, not 3');
  assert.is(refusal({ replicas: 5, readQuorum: 3 }), 'this cluster has --read-quorum 2, not 3');
  assert.equal(joined, []);
});

test('the numbers that the ring has, all or some of them -> its wish is noted', () => {
  const { ask, joined } = start({ ring: RING });
  const { replicas, writeQuorum, readQuorum } = RING;
  for (const asked of [{ replicas, writeQuorum, readQuorum }, { writeQuorum }, { replicas }]) {
    assert.is(ask('c', asked).refusal, '');
  }
  assert.equal(joined, ['c', 'c', 'c']);
});

test('founding together -> all by the same numbers, said or not', () => {
  const told = (ours: Asked<Replication>, theirs: object) =>
    start({ expect: 3, ...ours }).ask('c', theirs).refusal;
  assert.is(told({}, { replicas: 3, writeQuorum: 2 }), '');
  assert.is(told({ writeQuorum: 3 }, {}), 'the others have --write-quorum 3, not 2');
  assert.is(told({}, { writeQuorum: 3 }), 'the others have --write-quorum 2, not 3');
});

test('two who both join -> no objection to each other: neither knows what they will join', () => {
  const { ask } = start({ replicas: 3 });
  assert.equal(ask('c', { replicas: 5, partitions: 2 }), {
    refusal: '',
    waitsFor: 'a:1, which has no ring itself',
    ring: undefined,
  });
});

test('the address of a member -> waits while that lives, takes its place when it is dead', () => {
  const wish = { member: { ...member('c'), address: member('b').address } };
  const living = start({ ring: RING });
  assert.match(living.ask('c', wish).waitsFor, 'to be found dead');
  assert.equal(living.joined, []);
  const dead = start({ ring: RING, status: 'dead' });
  dead.ask('c', wish);
  assert.equal(dead.joined, ['c']);
});

test('hostile wishes -> refused in a sentence, nothing is noted', () => {
  const { joining, joined } = start({ ring: RING });
  const hostile = ['', '{}', '[]', 'null', '{"member":{}}', '{"member":{"id":"__proto__"}}'];
  const bad = JSON.stringify({ member: member('c'), met: [{}], peers: [] });
  const odd = ['3', null, 2.5, [], {}].map((replicas) =>
    JSON.stringify({ member: member('c'), met: [], peers: [], replicas }),
  );
  for (const text of [...hostile, bad, ...odd]) {
    assert.match(joining.answer(text).refusal, 'malformed');
  }
  assert.equal(joined, []);
});

test('as many as are expected say that they have met -> the lowest id founds', () => {
  const { ask, events } = start({ expect: 3 });
  assert.match(ask('c').waitsFor, '3 nodes to meet, 2 have');
  const everybody = ['a', 'b', 'c'].map(member);
  assert.match(ask('c', { met: everybody }).waitsFor, 'each of 3 nodes to say that it has met');
  ask('b', { met: [member('a')] });
  assert.equal(events, [], 'b may meet somebody else yet');
  ask('b', { met: everybody });
  assert.equal(events, [{ type: 'all.met' }]);
});

/** Two that expect each other have met, and each was told of two others. */
function allMet() {
  const started = start({ expect: 2, introducers: ['a:1', 'b:1', 'd:1', 'e:1'] });
  started.joining.ask();
  started.answers('b', {});
  started.ask('b', { met: [member('a')] });
  return started;
}

test('who was named to join by has not been heard yet -> nothing is founded before', () => {
  const { joining, answers, events } = allMet();
  assert.equal(events, [], 'd or e may be a member of a ring');
  joining.failed('d:1', 'nobody listens there');
  assert.equal(events, []);
  answers('e', { waitsFor: 'others' });
  assert.equal(events, [{ type: 'all.met' }]);
});

test('nor by another with us -> whom we have met is said when all were heard, and at once', () => {
  const { joining, answers, told } = allMet();
  answers('d', { waitsFor: 'others' });
  joining.ask();
  assert.equal(new Set(told), new Set(['']));
  told.length = 0;
  joining.failed('e:1', 'nobody listens there');
  assert.equal(told, ['b', 'b'], 'to b and d');
});

test('it is not heard for long -> founded without it', () => {
  const { joining, clock, events } = allMet();
  clock.advance(1999);
  joining.ask();
  assert.equal(events, []);
  clock.advance(1);
  joining.ask();
  assert.equal(events, [{ type: 'all.met' }]);
});

test('one of them has a ring -> nothing is founded, then and later', () => {
  const { joining, ask, answers, events, introduced, clock } = allMet();
  const others = JSON.stringify({ ...RING, members: ['d', 'e'].map(member) });
  answers('d', { waitsFor: 'the members to agree on it', ring: others });
  joining.failed('e:1', 'nobody listens there');
  clock.advance(2000);
  ask('b', { met: [member('a')] });
  joining.ask();
  assert.equal(events, []);
  assert.ok(introduced.has('e:1'), 'its members are dialled');
});

test('a newcomer is welcome -> told the ring all the same: it founds none', () => {
  assert.is(start({ ring: RING }).ask('c').ring, JSON.stringify(RING));
});

test('one node too many has met -> refused, with everybody named', () => {
  const { ask, events } = start({ expect: 2 });
  ask('c', { met: [member('b')] });
  assert.is(events[0]!.type, 'join.refused');
  assert.match(events[0]!.reason!, idOf('b'));
});

test('another number is expected, or none -> refused', () => {
  assert.match(start({ expect: 3 }).ask('c', { expect: 2 }).refusal, '--expect 3');
});

test('a member was heard of -> it is dialled again each time, since it does not dial us', () => {
  const { joining, introduced } = start();
  joining.heardOf('b:1');
  introduced.clear();
  joining.ask();
  assert.equal([...introduced], ['b:1']);
});

test.run();
