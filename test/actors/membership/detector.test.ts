/** The probe cycle, one event at a time: whom it asks, what it waits for, whom it blames. */
import * as assert from 'uvu/assert';
import type { SwimMessage } from '../../../actors/membership/events.js';
import { suite } from '../../support/runner/suite.js';
import { claim, idOf } from './claims.js';
import {
  ackOf,
  detectorOf,
  facts,
  failProbe,
  hear,
  paramsOf,
  probe,
  sent,
  statusOf,
  timers,
} from './driver.js';

const test = suite('membership detector');

test('a period -> one member is pinged, with timers for its answer and for the period', () => {
  const { effects, to, ping } = probe(detectorOf([claim('b1')]), 5000);
  assert.is(to, idOf('b'));
  assert.is(ping.target, idOf('b'));
  assert.is(ping.sender.incarnation, 1);
  assert.equal(timers(effects), { ack: 500, period: 1000 });
});

test('pinged -> acknowledged with our own claim and our wall clock', () => {
  const detector = detectorOf([]);
  const sender = claim('b1');
  const ping = { probe: 7, target: idOf('a'), sender, rumours: [] };
  detector.receive(idOf('b'), { type: 'swim.ping', ...ping }, 1, 1_700_000_000_000);
  const effects = detector.effects();
  const [answer] = sent(effects, 'swim.ack');
  assert.is(answer!.to, idOf('b'));
  assert.is(answer!.message.probe, 7);
  assert.is(answer!.message.sender.bootId, 'boot-a1');
  assert.is(answer!.message.wallMs, 1_700_000_000_000);
  assert.equal(facts(effects), ['member.alive b']);
});

test('a ping meant for another member -> no answer', () => {
  const detector = detectorOf([]);
  const ping = { probe: 7, target: idOf('c'), sender: claim('b1'), rumours: [] };
  detector.receive(idOf('b'), { type: 'swim.ping', ...ping }, 1, 1);
  assert.equal(sent(detector.effects(), 'swim.ack'), []);
});

test('the answer settles the probe, and tells the offset of the clocks', () => {
  const detector = detectorOf([claim('b1')]);
  const { ping } = probe(detector, 5000);
  const ack = ackOf(ping.probe, claim('b1'), 1_000_250);
  assert.ok(detector.answersProbe(ack));
  detector.receive(idOf('b'), ack, 5020, 1_000_060);
  const effects = detector.effects();
  assert.equal(paramsOf(effects, 'clearTimer'), [{ id: 'ack' }]);
  const offset = { type: 'clock.offset', at: 5020, id: idOf('b') };
  assert.equal(paramsOf(effects, 'tell'), [{ ...offset, offsetMs: 200, roundTripMs: 20 }]);
});

test('another probe, member, life, or a copy of the disk -> no answer to our probe', () => {
  const detector = detectorOf([claim('b2')]);
  const { ping } = probe(detector, 5000);
  assert.ok(detector.answersProbe(ackOf(ping.probe, claim('b2'))));
  assert.ok(detector.answersProbe(ackOf(ping.probe, claim('b3'))), 'it has just restarted');
  assert.not.ok(detector.answersProbe(ackOf(ping.probe + 1, claim('b2'))));
  assert.not.ok(detector.answersProbe(ackOf(ping.probe, claim('c2'))));
  assert.not.ok(detector.answersProbe(ackOf(ping.probe, claim('b1'))));
  assert.not.ok(detector.answersProbe(ackOf(ping.probe, { ...claim('b2'), bootId: 'aaa' })));
});

test('no answer -> three others are asked, never the target', () => {
  const detector = detectorOf(['b', 'c', 'd', 'e', 'f'].map((name) => claim(`${name}1`)));
  const { to, ping } = probe(detector, 5000);
  detector.askRelays(5500, 0);
  const requests = sent(detector.effects(), 'swim.pingRequest');
  assert.is(new Set(requests.map((request) => request.to)).size, 3);
  for (const request of requests) {
    assert.is.not(request.to, to);
    assert.is(request.message.target, to);
    assert.is(request.message.probe, ping.probe);
  }
});

test('a relay pings in its own name, and passes the answer on with the number it was given', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  const request = { probe: 77, target: idOf('c'), rumours: [] };
  detector.receive(idOf('b'), { type: 'swim.pingRequest', ...request }, 100, 100);
  const asked = detector.effects();
  const [ping] = sent(asked, 'swim.ping');
  assert.is(ping!.to, idOf('c'));
  assert.equal(timers(asked), { [`relay:${ping!.message.probe}`]: 250 });
  detector.receive(idOf('c'), ackOf(ping!.message.probe, claim('c1')), 110, 110);
  const answered = detector.effects();
  const [ack] = sent(answered, 'swim.ack');
  assert.is(ack!.to, idOf('b'));
  assert.is(ack!.message.probe, 77);
  assert.is(ack!.message.sender.id, idOf('c'));
  assert.equal(paramsOf(answered, 'clearTimer'), [{ id: `relay:${ping!.message.probe}` }]);
  detector.receive(idOf('c'), ackOf(ping!.message.probe, claim('c1')), 111, 111);
  detector.expireRelay(ping!.message.probe);
  assert.equal(paramsOf(detector.effects(), 'sendMessage'), [], 'once is enough');
});

test('an answer through a relay settles the probe, but its clock reading is worth nothing', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  const { to, ping } = probe(detector, 5000);
  detector.askRelays(5500, 0);
  detector.effects();
  const target = to === idOf('b') ? 'b' : 'c';
  const ack = ackOf(ping.probe, claim(`${target}1`), 99);
  detector.receive(idOf(target === 'b' ? 'c' : 'b'), ack, 5600, 5600);
  assert.equal(detector.effects(), [{ type: 'clearTimer', params: { id: 'ack' } }]);
  assert.not.ok(detector.answersProbe(ack), 'it is settled');
});

test('a relay without an answer says so; in plain SWIM it says nothing', () => {
  for (const lifeguard of [true, false]) {
    const detector = detectorOf([claim('b1'), claim('c1')], { lifeguard });
    const request = { probe: 77, target: idOf('c'), rumours: [] };
    detector.receive(idOf('b'), { type: 'swim.pingRequest', ...request }, 100, 100);
    const [ping] = sent(detector.effects(), 'swim.ping');
    detector.expireRelay(ping!.message.probe);
    const nacks = sent(detector.effects(), 'swim.nack');
    assert.equal(
      nacks.map(({ to, message }) => [to, message.probe]),
      lifeguard ? [[idOf('b'), 77]] : [],
    );
  }
});

test('the last nack is the one of the only relay that is still silent', () => {
  const detector = detectorOf([claim('b1'), claim('c1'), claim('d1')]);
  const { to, ping } = probe(detector, 5000);
  detector.askRelays(5500, 0);
  const relays = ['b', 'c', 'd'].map(idOf).filter((id) => id !== to);
  const nack: SwimMessage = { type: 'swim.nack', probe: ping.probe, rumours: [] };
  assert.not.ok(detector.isLastNack(relays[0]!, nack));
  detector.receive(relays[0]!, nack, 5800, 5800);
  assert.not.ok(detector.isLastNack(relays[0]!, nack), 'it says it twice');
  assert.ok(detector.isLastNack(relays[1]!, nack));
  assert.not.ok(detector.isLastNack(relays[1]!, { ...nack, probe: ping.probe - 1 }));
});

test('nobody answered -> suspected by us, with a timer for the time it has', () => {
  const detector = detectorOf([claim('b1')]);
  const effects = failProbe(detector, 5000);
  assert.is(statusOf(detector, 'b'), 'suspect@1');
  assert.equal(facts(effects), ['member.suspect b']);
  assert.is(timers(effects)[`suspicion:${idOf('b')}`], 4000);
  const { ping } = probe(detector, 7000);
  assert.equal(ping.rumours[0], claim('b1', 'suspect', ['a']));
});

test('restarted while it was probed -> not blamed for its predecessor', () => {
  const detector = detectorOf([claim('b1')]);
  detector.probeNext(5000, 0);
  hear(detector, [claim('b2')], 5300);
  detector.judge(6000, 0);
  assert.is(statusOf(detector, 'b'), 'alive@2');
});

test('silent relays make us doubt ourselves, nacks do not', () => {
  for (const [nacks, score] of [
    [0, 2],
    [2, 0],
  ] as const) {
    const detector = detectorOf([claim('b1'), claim('c1'), claim('d1')]);
    const { to, ping } = probe(detector, 5000);
    detector.askRelays(5500, 0);
    const relays = ['b', 'c', 'd'].map(idOf).filter((id) => id !== to);
    for (const relay of relays.slice(0, nacks)) {
      const nack: SwimMessage = { type: 'swim.nack', probe: ping.probe, rumours: [] };
      detector.receive(relay, nack, 5800, 5800);
    }
    detector.judge(6000, 0);
    assert.is(detector.status(0).localHealth, score);
  }
});

test('in doubt -> longer periods and longer waits', () => {
  const detector = detectorOf([claim('b1')]);
  failProbe(detector, 5000);
  const { effects } = probe(detector, 6000);
  assert.equal(timers(effects), { ack: 1000, period: 2000 });
});

test('the verdict comes late -> nobody is blamed; plain SWIM blames', () => {
  const careful = detectorOf([claim('b1')]);
  failProbe(careful, 5000, 51);
  assert.is(statusOf(careful, 'b'), 'alive@1');
  careful.rest(6051, 51);
  assert.is(careful.status(0).localHealth, 1, 'the late timer is our fault');
  const plain = detectorOf([claim('b1')], { lifeguard: false });
  failProbe(plain, 5000, 51);
  assert.is(statusOf(plain, 'b'), 'suspect@1');
});

test('asked the relays late -> they get their time all the same', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  detector.probeNext(5000, 0);
  detector.effects();
  detector.askRelays(6900, 1400);
  const effects = detector.effects();
  assert.is(timers(effects).period, 1000, 'twice 500: the late timer has made us doubt');
});

test('back from a suspension -> suspicions start over, and for a period we raise none', () => {
  const detector = detectorOf([claim('b1'), claim('c1', 'suspect', ['z'])], { lifeguard: false });
  detector.rest(60_000, 30_000);
  assert.is(timers(detector.effects())[`suspicion:${idOf('c')}`], 4000);
  detector.expireSuspicion(idOf('c'), 60_001, 30_000);
  assert.is(statusOf(detector, 'c'), 'suspect@1');
  detector.probeNext(60_010, 0);
  detector.judge(60_990, 0);
  assert.is(statusOf(detector, 'b'), 'alive@1');
  detector.expireSuspicion(idOf('c'), 64_001, 0);
  assert.is(statusOf(detector, 'c'), 'dead@1');
});

test('a broken connection -> that member is probed next', () => {
  const detector = detectorOf(['b', 'c', 'd', 'e', 'f'].map((name) => claim(`${name}1`)));
  for (const name of ['e', 'b', 'd']) {
    detector.hurry(idOf(name));
    assert.is(probe(detector, 5000).to, idOf(name));
  }
});

test('more probes for others than may be open -> ignored', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  for (let i = 0; i < 300; i++) {
    const request = { probe: i, target: idOf('c'), rumours: [] };
    detector.receive(idOf('b'), { type: 'swim.pingRequest', ...request }, 100, 100);
  }
  assert.is(sent(detector.effects(), 'swim.ping').length, 256);
});

test.run();
