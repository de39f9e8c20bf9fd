/** Beliefs: what a node makes of claims, denies of itself, remembers, and tells the others. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { LAN } from '../../../actors/membership/config.js';
import type { Detector } from '../../../actors/membership/detector.js';
import { claimBytes } from '../../../actors/membership/rumours.js';
import { suite } from '../../support/runner/suite.js';
import { claim, claims, idOf, reorderings } from './claims.js';
import {
  ackOf,
  detectorOf,
  exchange,
  facts,
  hear,
  paramsOf,
  probe,
  sent,
  statusOf,
  timers,
} from './driver.js';

const test = suite('membership view');

test('the time of a suspect is up -> dead, told once, and spread', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  hear(detector, [claim('b1', 'suspect', ['c'])], 1000);
  detector.effects();
  detector.expireSuspicion(idOf('b'), 26_000, 0);
  const effects = detector.effects();
  assert.equal(facts(effects), ['member.dead b']);
  const { ping } = probe(detector, 27_000);
  assert.ok(ping.rumours.some(({ id, status }) => id === idOf('b') && status === 'dead'));
  detector.expireSuspicion(idOf('b'), 28_000, 0);
  assert.equal(facts(detector.effects()), []);
});

test('other accusers -> the timer is shortened and the suspicion told anew', () => {
  const detector = detectorOf(['b', 'c', 'd', 'e'].map((name) => claim(`${name}1`)));
  hear(detector, [claim('b1', 'suspect', ['c'])], 1000);
  assert.is(timers(detector.effects())[`suspicion:${idOf('b')}`], 24_000);
  hear(detector, [claim('b1', 'suspect', ['d'])], 2000);
  assert.is(timers(detector.effects())[`suspicion:${idOf('b')}`], 10_381);
  hear(detector, [claim('b1', 'suspect', ['c', 'd'])], 2000);
  assert.equal(timers(detector.effects()), {});
  hear(detector, [claim('b1', 'suspect', ['e'])], 3000);
  assert.is(timers(detector.effects())[`suspicion:${idOf('b')}`], 2000);
});

test('the suspect denies -> alive again, and the timer is gone', () => {
  const detector = detectorOf([claim('b1'), claim('b1', 'suspect', ['c'])]);
  hear(detector, [claim('b2')], 3000);
  const effects = detector.effects();
  assert.equal(paramsOf(effects, 'clearTimer'), [{ id: `suspicion:${idOf('b')}` }]);
  assert.is(statusOf(detector, 'b'), 'alive@2');
});

test('suspected ourselves -> denied above it, but heard only when it is on disk', () => {
  const detector = detectorOf([claim('b1')]);
  hear(detector, [claim('a1', 'suspect', ['b'])], 1000, 'b');
  const effects = detector.effects();
  assert.equal(paramsOf(effects, 'persistIncarnation'), [{ incarnation: 2 }]);
  assert.equal(facts(effects), ['self.refuted']);
  assert.is(detector.status(0).localHealth, 1);
  assert.is(probe(detector, 1001).ping.sender.incarnation, 1);
  detector.deny(2);
  const [denial] = sent(detector.effects(), 'swim.ping');
  assert.is(denial!.to, idOf('b'), 'the accuser hears it first');
  assert.is(denial!.message.sender.incarnation, 2);
});

test('told that we are alive in a life we do not know -> an identity conflict', () => {
  const detector = detectorOf([claim('b1')]);
  hear(detector, [claim('a9')], 1000, 'b');
  const effects = detector.effects();
  assert.equal(facts(effects), ['identity.conflicted']);
  assert.equal(paramsOf(effects, 'persistIncarnation'), [], 'it must not seem to be the later one');
});

test('accused in a life that we do not know -> an identity conflict, and no denial', () => {
  const detector = detectorOf([claim('b1')]);
  hear(detector, [claim('a9', 'suspect', ['c'])], 1000, 'b');
  const effects = detector.effects();
  assert.equal(facts(effects), ['identity.conflicted']);
  assert.equal(paramsOf(effects, 'persistIncarnation'), []);
});

test('whom we hold suspect or dead is told so, in the ping and in the answer', () => {
  for (const status of ['suspect', 'dead', 'left'] as const) {
    const detector = detectorOf([claim('b1', status, status === 'suspect' ? ['c'] : [])]);
    detector.greet({ id: idOf('b'), bootId: 'boot-b1' }, 1000);
    const question = { probe: 1, target: idOf('a'), sender: claim('b1'), rumours: [] };
    detector.receive(idOf('b'), { type: 'swim.ping', ...question }, 1000, 1000);
    const effects = detector.effects();
    const greeting = status === 'suspect' ? sent(effects, 'swim.ping') : [];
    for (const { message } of [...greeting, ...sent(effects, 'swim.ack')]) {
      assert.is(message.rumours[0]?.status, status);
    }
    assert.is(sent(effects, 'swim.ack').length, 1);
  }
});

test('plain SWIM -> a suspect that is probed hears of it only while the rumour lasts', () => {
  const detector = detectorOf([claim('b1'), claim('b1', 'suspect', ['c'])], { lifeguard: false });
  const told = Array.from({ length: 20 }, (_, i) => probe(detector, i * 1000).ping.rumours.length);
  assert.ok(told[0]! > 0);
  assert.is(told.at(-1), 0);
});

test('the same member, a new process -> restarted', () => {
  const detector = detectorOf([claim('b1')]);
  hear(detector, [claim('b2')], 1000);
  assert.equal(facts(detector.effects()), ['member.restarted b']);
  hear(detector, [claim('b2', 'dead'), claim('b3')], 2000);
  assert.equal(facts(detector.effects()), [
    'member.dead b',
    'member.restarted b',
    'member.alive b',
  ]);
});

test('a connection -> a word to whoever it is, known and alive or not', () => {
  const known = [claim('b1'), claim('c1', 'suspect', ['b'])];
  const greeted = (peer: string, bootId: string) => {
    const detector = detectorOf(known);
    detector.greet({ id: idOf(peer), bootId }, 1000);
    return sent(detector.effects(), 'swim.ping').map(({ to }) => to);
  };
  assert.equal(greeted('b', 'boot-b1'), [idOf('b')]);
  assert.equal(greeted('b', 'boot-b2'), [idOf('b')]);
  assert.equal(greeted('c', 'boot-c1'), [idOf('c')]);
  assert.equal(greeted('d', 'boot-d1'), [idOf('d')]);
});

test('the first connection of a node that knows nobody -> a full exchange', () => {
  const detector = detectorOf([]);
  detector.greet({ id: idOf('b'), bootId: 'boot-b1' }, 1000);
  const [offer] = sent(detector.effects(), 'swim.sync');
  assert.equal(
    offer!.message.roster.map(({ id }) => id),
    [idOf('a')],
  );
});

test('an offered exchange -> heard and answered with all we know, ourselves first', () => {
  const detector = detectorOf([claim('b1'), claim('c3', 'left')]);
  detector.receive(idOf('d'), { type: 'swim.sync', roster: [claim('d1'), claim('e2')] }, 1, 1);
  const [answer] = sent(detector.effects(), 'swim.synced');
  assert.is(answer!.to, idOf('d'));
  assert.equal(
    answer!.message.roster.map(({ id, status }) => `${id.at(-1)} ${status}`),
    ['a alive', 'b alive', 'c left', 'd alive', 'e alive'],
  );
});

test('dead, and then dead in a later life -> told again: it has lived meanwhile', () => {
  const detector = detectorOf([claim('b1')]);
  const told = [1, 1, 2, 2, 1].map((incarnation) => {
    hear(detector, [claim(`b${incarnation}`, 'dead')], 1000);
    return facts(detector.effects());
  });
  const anew = ['member.restarted b', 'member.dead b'];
  assert.equal(told, [['member.dead b'], [], anew, [], []]);
});

test('dead by an exchange -> suspect here, whatever we believed; by a rumour -> dead', () => {
  for (const known of [[], [claim('b1')], [claim('b2')]]) {
    const detector = detectorOf(known);
    exchange(detector, [claim('b2', 'dead')], 1000);
    assert.is(statusOf(detector, 'b'), 'suspect@2');
    hear(detector, [claim('b2', 'dead')], 1000);
    assert.is(statusOf(detector, 'b'), 'dead@2');
    exchange(detector, [claim('b2', 'dead')], 1000);
    assert.is(statusOf(detector, 'b'), 'dead@2');
  }
});

test('any order and repetition of rumours and exchanges -> the same view', () => {
  const deliveries = fc.record({
    one: claims,
    by: fc.constantFrom(hear, exchange),
    from: fc.constantFrom('d', 'e'),
  });
  const view = (detector: Detector) =>
    detector.status(0).members.map(({ since, ...entry }) => entry);
  fc.assert(
    fc.property(reorderings(deliveries), ([once, shuffled]) => {
      const [first, second] = [once, shuffled].map((all) => {
        const detector = detectorOf([]);
        for (const { one, by, from } of all) by(detector, [one], 0, from);
        return view(detector).sort((a, b) => (a.id < b.id ? -1 : 1));
      });
      assert.equal(second, first);
    }),
    { numRuns: 500 },
  );
});

test('dead at 10, then a delayed alive at 2, by any way -> stays dead', () => {
  for (const first of [[], [claim('b1', 'dead')]]) {
    const detector = detectorOf(first);
    hear(detector, [claim('b10', 'dead')], 1000);
    hear(detector, [claim('b2')], 1000);
    exchange(detector, [claim('b2')], 1000);
    detector.receive(idOf('b'), ackOf(99, claim('b2')), 1000, 1000);
    assert.is(statusOf(detector, 'b'), 'dead@10');
    assert.not.ok(detector.hasTarget);
  }
});

test('members of the ring are taken for alive until we hear of them, and that is no news', () => {
  const detector = detectorOf([], {}, ['a', 'b', 'c']);
  assert.is(statusOf(detector, 'b'), 'alive@0');
  assert.is(statusOf(detector, 'a'), 'unknown', 'we are not in our own roster');
  assert.equal(
    probe(detector, 1000).ping.rumours.map(({ id }) => id),
    [idOf('a')],
  );
  hear(detector, [claim('b4', 'dead')], 1000);
  detector.adoptRing([{ id: idOf('b'), address: 'b:8080', incarnation: 0 }], 2000);
  assert.is(statusOf(detector, 'b'), 'dead@4');
});

test('a dead member of the ring is tried now and then, a dead stranger is not', () => {
  const detector = detectorOf([claim('b1', 'dead'), claim('d1', 'dead')], {}, ['b', 'c']);
  const tries: string[] = [];
  for (let i = 0; i < 50; i++) {
    probe(detector, i * 1000).effects.forEach((effect) => {
      if (effect.type === 'connect') tries.push(effect.params.address);
      if (effect.type === 'sendMessage' && effect.params.message.type === 'swim.sync') {
        tries.push(effect.params.to);
      }
    });
  }
  assert.equal(
    tries,
    Array(10)
      .fill(['b:8080', idOf('b')])
      .flat(),
  );
});

test('every 30 s a full exchange with a random live member', () => {
  const detector = detectorOf([claim('b1'), claim('c1', 'dead')]);
  detector.sync(30_000);
  const effects = detector.effects();
  assert.equal(timers(effects), { sync: 30_000 });
  assert.equal(
    sent(effects, 'swim.sync').map(({ to }) => to),
    [idOf('b')],
  );
});

test('two of the ring are dead -> each is tried now and then, and no stranger', () => {
  const dead = [claim('b1', 'dead'), claim('c1', 'dead'), claim('d1', 'dead')];
  const detector = detectorOf(dead, {}, ['b', 'c']);
  const tried = new Set<string>();
  for (let period = 1; period <= 100; period++) {
    detector.probeNext(period * LAN.periodMs, 0);
    for (const { to } of sent(detector.effects(), 'swim.sync')) tried.add(to);
  }
  assert.equal([...tried].sort(), [idOf('b'), idOf('c')]);
});

test('a stranger long dead is neither shown nor told, but its incarnation is remembered', () => {
  const detector = detectorOf([claim('b5', 'dead'), claim('c1')]);
  detector.sync(LAN.forgetAfterMs + 1);
  const [offer] = sent(detector.effects(), 'swim.sync');
  assert.not.ok(offer!.message.roster.some(({ id }) => id === idOf('b')));
  assert.is(detector.status(LAN.forgetAfterMs + 1).members.length, 1);
  hear(detector, [claim('b4')], LAN.forgetAfterMs + 2);
  assert.is(detector.status(LAN.forgetAfterMs + 2).members.length, 1);
  detector.sync(LAN.tombstoneMs + 1);
  hear(detector, [claim('b4')], LAN.tombstoneMs + 2);
  assert.is(statusOf(detector, 'b'), 'alive@4');
});

test('leaving -> the others are told by ping, and nobody can suspect us any more', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  detector.leave();
  const effects = detector.effects();
  const pings = sent(effects, 'swim.ping');
  assert.equal(pings.map(({ to }) => to).sort(), [idOf('b'), idOf('c')]);
  for (const { message } of pings) assert.is(message.sender.status, 'left');
  assert.is(timers(effects).period, 1000);
  hear(detector, [claim('a1', 'suspect', ['b'])], 1000);
  assert.equal(paramsOf(detector.effects(), 'persistIncarnation'), []);
});

/** What a ping to b brings it, as `name status@incarnation`. */
function toldToB(detector: Detector): string[] {
  detector.greet({ id: idOf('b'), bootId: 'boot-b1' }, 0);
  const { message } = sent(detector.effects(), 'swim.ping').at(-1)!;
  return message.rumours.map((r) => `${r.id.at(-1)} ${r.status}@${r.incarnation}`);
}
test('whatever is news -> a rumour, but not that somebody is assumed to live', () => {
  const detector = detectorOf([claim('c1'), claim('d0', 'suspect', ['c']), claim('e2')], {}, ['f']);
  assert.equal(toldToB(detector).sort(), ['a alive@1', 'c alive@1', 'd suspect@0', 'e alive@2']);
});

test('more than a message holds -> what its receiver must know of itself is first', () => {
  const own = claim('b1', 'suspect', ['c']);
  const others = [...'cdefghijklmnopqrst'].map((name) => claim(`${name}1`));
  const rumourBytes = 600;
  const detector = detectorOf([...others, claim('b1'), own], { rumourBytes });
  const told = toldToB(detector);
  const room = rumourBytes - claimBytes(own);
  assert.equal(
    [told[0], told.length],
    ['b suspect@1', 1 + Math.floor(room / claimBytes(claim('c1')))],
  );
  assert.ok(told.length < others.length);
  assert.is.not(told[1], told[0]);
});

test('its own word is what we know -> it is told nothing of itself', () => {
  const detector = detectorOf([claim('b1', 'suspect', ['c'])]);
  const answerTo = (sender: ReturnType<typeof claim>) => {
    const ping = { probe: 1, target: idOf('a'), sender, rumours: [] };
    detector.receive(idOf('b'), { type: 'swim.ping', ...ping }, 1, 1);
    const [ack] = sent(detector.effects(), 'swim.ack');
    return ack!.message.rumours.filter(({ id }) => id === idOf('b'));
  };
  assert.is(answerTo(claim('b1')).length, 1);
  const suspect = claim('b1', 'suspect', ['c']);
  for (let i = 0; i < 50; i++) answerTo(suspect);
  assert.equal(answerTo(suspect), [], 'the rumour has been told often enough');
});

test('a suspicion is confirmed -> a rumour once more, with whoever confirms', () => {
  const detector = detectorOf(['b', 'c', 'd', 'e', 'f'].map((name) => claim(`${name}1`)));
  hear(detector, [claim('f1', 'suspect', ['c'])], 1000);
  for (let i = 0; i < 50; i++) toldToB(detector);
  assert.equal(toldToB(detector), []);
  hear(detector, [claim('f1', 'suspect', ['d'])], 1000);
  assert.equal(toldToB(detector), ['f suspect@1']);
});

test('more accuse us than are answered -> sixteen are, and each once', () => {
  const detector = detectorOf([]);
  for (let n = 0; n < 20; n++) {
    const from = String.fromCharCode('b'.charCodeAt(0) + n);
    hear(detector, [claim('a1', 'suspect', [from])], 1000, from);
  }
  detector.effects();
  detector.deny(2);
  assert.is(sent(detector.effects(), 'swim.ping').length, 16);
  detector.deny(3);
  assert.equal(sent(detector.effects(), 'swim.ping'), []);
});

test('rumours are told the more often, the more members there are, ourselves among them', () => {
  const detector = detectorOf(Array.from({ length: 8 }, (_, n) => claim(`${'bcdefghi'[n]}1`)));
  let times = 0;
  while (toldToB(detector).length > 0) times++;
  // Nine of us: one digit.
  assert.is(times, LAN.rumourMultiplier);
});

test.run();
