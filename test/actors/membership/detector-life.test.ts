/** What the detector does besides probing: begins, greets, exchanges, sweeps out, and leaves. */
import * as assert from 'uvu/assert';
import { LAN } from '../../../actors/membership/config.js';
import { Detector } from '../../../actors/membership/detector.js';
import { suite } from '../../support/runner/suite.js';
import { claim, idOf } from './claims.js';
import {
  ackOf,
  detectorOf,
  facts,
  hear,
  paramsOf,
  probe,
  sent,
  statusOf,
  timers,
} from './driver.js';

const test = suite('membership detector: its life');

const GAP_MS = LAN.gapPeriods * LAN.periodMs;

test('it begins -> out of step with the others, and as what is on its disk', () => {
  const self = { id: idOf('a'), address: 'a:8080', bootId: 'boot-a3' };
  const detector = new Detector({ self, random: () => 0.25 });
  detector.adoptRing([{ id: idOf('b'), address: 'b:8080', incarnation: 1 }], 0);
  detector.start(3);
  assert.equal(timers(detector.effects()), { period: 250, sync: 250 });
  assert.is(detector.status(0).self.incarnation, 3);
  hear(detector, [claim('b1', 'dead')], 0);
  const triedAt = [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((period) => {
    detector.rest(1000 * period, 0);
    return paramsOf(detector.effects(), 'connect').length > 0;
  });
  // A quarter of five periods is behind it.
  assert.equal(triedAt, [4, 9]);
});

test('its own claim rides on what it sends when it has begun', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  const { ping } = probe(detector, 1000);
  assert.ok(ping.rumours.some(({ id, incarnation }) => id === idOf('a') && incarnation === 1));
});

test('pings are numbered, one after the other', () => {
  const detector = detectorOf([claim('b1')]);
  const numbers = [1000, 2000, 3000].map((at) => probe(detector, at).ping.probe);
  assert.equal(numbers, [1, 2, 3]);
});

test('time for an exchange -> with one who lives, and again after the interval', () => {
  const detector = detectorOf([claim('b1'), claim('c1', 'dead')]);
  detector.sync(5000);
  const effects = detector.effects();
  assert.equal(timers(effects), { sync: LAN.syncIntervalMs });
  const [offer, ...others] = sent(effects, 'swim.sync');
  assert.is(offer!.to, idOf('b'));
  assert.equal(others, []);
  assert.equal(
    offer!.message.roster.map(({ id, status }) => `${id.at(-1)} ${status}`),
    ['a alive', 'b alive', 'c dead'],
  );
});

test('long gone -> swept out, and believed anew; not so a member of the ring', () => {
  const gone = [claim('b5', 'dead'), claim('c5', 'dead')];
  const detector = detectorOf(gone, {}, ['c']);
  detector.sync(LAN.tombstoneMs + 1);
  hear(detector, [claim('b1'), claim('c1')], LAN.tombstoneMs + 2);
  assert.is(statusOf(detector, 'b'), 'alive@1');
  assert.is(statusOf(detector, 'c'), 'dead@5');
});

const peer = (name: string) => ({ id: idOf(name), bootId: `boot-${name}1` });

test('a greeting is answered -> it tells the offset of the clocks, once', () => {
  const detector = detectorOf([claim('c1')]);
  detector.greet(peer('b'), 100);
  const number = sent(detector.effects(), 'swim.ping')[0]!.message.probe;
  const answer = () => {
    detector.receive(idOf('b'), ackOf(number, claim('b1'), 1010), 120, 1000);
    return paramsOf(detector.effects(), 'tell').filter(({ type }) => type === 'clock.offset');
  };
  const offset = { type: 'clock.offset', at: 120, id: idOf('b'), offsetMs: 20, roundTripMs: 20 };
  assert.equal(answer(), [offset]);
  assert.equal(answer(), []);
});

test('the connection breaks before a greeting is answered -> that answer tells nothing', () => {
  const detector = detectorOf([claim('c1')]);
  detector.greet(peer('b'), 100);
  const number = sent(detector.effects(), 'swim.ping')[0]!.message.probe;
  detector.hurry(idOf('b'));
  detector.receive(idOf('b'), ackOf(number, claim('b1'), 1010), 120, 1000);
  assert.equal(facts(detector.effects()), ['member.alive b']);
});

test('whatever comes with news -> the news are heard', () => {
  const news = { sender: claim('b1'), rumours: [claim('c1')] };
  for (const message of [
    { type: 'swim.ping', probe: 1, target: idOf('a'), ...news },
    { type: 'swim.ack', probe: 1, wallMs: 0, ...news },
    { type: 'swim.pingRequest', probe: 1, target: idOf('d'), rumours: news.rumours },
  ] as const) {
    const detector = detectorOf([]);
    detector.receive(idOf('b'), message, 1, 1);
    assert.is(statusOf(detector, 'c'), 'alive@1', message.type);
    if ('sender' in message) assert.is(statusOf(detector, 'b'), 'alive@1', message.type);
  }
});

test('a denial is on disk -> told to those who accused us, under the new number', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  hear(detector, [claim('a1', 'suspect', ['b'])], 10, 'b');
  assert.equal(paramsOf(detector.effects(), 'persistIncarnation'), [{ incarnation: 2 }]);
  detector.deny(2);
  const [told, ...others] = sent(detector.effects(), 'swim.ping');
  assert.equal([told!.to, told!.message.sender.incarnation, others], [idOf('b'), 2, []]);
});

test('it leaves -> tells the others, waits for no answer, and stays one period', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  const { ping } = probe(detector, 5000);
  detector.leave();
  const effects = detector.effects();
  const told = sent(effects, 'swim.ping');
  assert.equal(told.map(({ to }) => to).sort(), ['b', 'c'].map(idOf));
  for (const { message } of told) assert.is(message.sender.status, 'left');
  assert.ok(
    told[0]!.message.rumours.some(({ id, status }) => id === idOf('a') && status === 'left'),
  );
  assert.equal(paramsOf(effects, 'clearTimer'), [{ id: 'ack' }]);
  assert.equal(timers(effects), { period: LAN.periodMs });
  assert.not(detector.answersProbe(ackOf(ping.probe, claim('b1'))));
});

test('the verdict has been given -> what comes then is no answer to the probe', () => {
  const detector = detectorOf([claim('b1')]);
  const { ping } = probe(detector, 5000);
  detector.judge(6000, 0);
  assert.not(detector.answersProbe(ackOf(ping.probe, claim('b1'))));
});

test('a timer as late as may be -> the others are blamed; a little later, nobody is', () => {
  for (const [lateByMs, status] of [
    [LAN.lateTimerMs, 'suspect@1'],
    [LAN.lateTimerMs + 1, 'alive@1'],
  ] as const) {
    const detector = detectorOf([claim('b1')]);
    probe(detector, 5000);
    detector.judge(6000, lateByMs);
    assert.is(statusOf(detector, 'b'), status);
  }
});

test('as long as two periods away -> it still judges; longer, not for another period', () => {
  const suspected = () => detectorOf([claim('b1', 'suspect', ['c'])]);
  const inTime = suspected();
  inTime.expireSuspicion(idOf('b'), 9000, GAP_MS);
  assert.is(statusOf(inTime, 'b'), 'dead@1');
  for (const [afterMs, status] of [
    [LAN.periodMs - 1, 'suspect@1'],
    [LAN.periodMs, 'dead@1'],
  ] as const) {
    const detector = suspected();
    detector.expireSuspicion(idOf('b'), 9000, GAP_MS + 1);
    assert.is(statusOf(detector, 'b'), 'suspect@1', 'its time has begun anew');
    detector.expireSuspicion(idOf('b'), 9000 + afterMs, 0);
    assert.is(statusOf(detector, 'b'), status);
  }
});

test('away when a period began -> nobody is suspected at its end, but later', () => {
  for (const [afterMs, status] of [
    [LAN.periodMs - 1, 'alive@1'],
    [LAN.periodMs, 'suspect@1'],
  ] as const) {
    const detector = detectorOf([claim('b1')]);
    detector.probeNext(5000, GAP_MS + 1);
    detector.judge(5000 + afterMs, 0);
    assert.is(statusOf(detector, 'b'), status);
  }
});

test('our timers were late -> we trust ourselves less, until a probe is answered', () => {
  const detector = detectorOf([claim('b1')]);
  detector.probeNext(5000, LAN.lateTimerMs + 1);
  const [ping] = sent(detector.effects(), 'swim.ping');
  assert.is(detector.status(0).localHealth, 1);
  detector.receive(idOf('b'), ackOf(ping!.message.probe, claim('b1')), 5010, 0);
  assert.is(detector.status(0).localHealth, 0);
});

test('a relay whose time is up -> says so once, and passes nothing on any more', () => {
  const detector = detectorOf([claim('b1'), claim('c1')]);
  const request = { probe: 9, target: idOf('c'), rumours: [] };
  detector.receive(idOf('b'), { type: 'swim.pingRequest', ...request }, 1, 1);
  const number = sent(detector.effects(), 'swim.ping')[0]!.message.probe;
  detector.expireRelay(number);
  assert.is(sent(detector.effects(), 'swim.nack').length, 1);
  detector.expireRelay(number);
  detector.receive(idOf('c'), ackOf(number, claim('c1')), 2, 2);
  assert.equal(paramsOf(detector.effects(), 'sendMessage'), []);
});

test.run();
