/**
 * The supervisor's chart with its real hosts, state by state: what a client, a peer and the disk
 * see of each. The chart alone is in `test/actors/node/machine.test.ts`.
 */
import * as assert from 'uvu/assert';
import { present } from '../../src/core/assert.js';
import { encodeRecord } from '../../src/core/data/record.js';
import { DISK_IS_UNSURE } from '../../src/core/failures.js';
import { formatRing } from '../../src/core/ring/ring-json.js';
import type { SimDisk } from '../sim/disk/store.js';
import { suite } from '../support/runner/suite.js';
import { codeOf, diskIn, idOf, member, OneNode, ringOf, SELF } from './one-node.js';

const test = suite('node: chart and hosts');
const RING = ringOf(5, 'a', 'b', 'c');
const WITHOUT_US = formatRing(ringOf(6, 'b', 'c'));
const identityOn = (disk: SimDisk) => JSON.parse(disk.meta.get('node.identity') ?? '{}');

/** A restarted member of ring 5 that no peer has answered yet. */
const confirming = (disk = diskIn(RING)) => new OneNode({ disk }).pass(10);
const serving = (disk = diskIn(RING)) => confirming(disk).connect('b', 'c').pass(1500);

/** What a replica says to a write of a peer's, in the ring it has. */
function outcomeAt(it: OneNode): string | undefined {
  const record = encodeRecord({
    ...{ key: Buffer.from('k'), value: Buffer.from('v'), contentType: '', expiresAt: 0 },
    version: { epoch: 5, time: 1, node: idOf('b') },
  } as never);
  it.hear('b', { type: 'replica.write', call: 1, epoch: 5, timeoutMs: 100, record }).pass(10);
  return it.sent('replica.written')[0]?.message.outcome;
}

/** Whether it votes on the ring after its own. */
function votes(it: OneNode): boolean | undefined {
  const ballot = { round: 1, node: idOf('b') };
  it.hear('b', { type: 'ring.prepare', call: 1, epoch: it.node.epoch() + 1, ballot }).pass(10);
  return it.sent('ring.promised')[0]?.message.ok;
}

test('booting -> says no word before its incarnation is on disk', () => {
  const disk = diskIn(RING);
  disk.slowness = 1000;
  const it = new OneNode({ disk });
  assert.is(it.state, 'booting');
  assert.is(identityOn(disk).incarnation, 1);
  assert.is(it.node.ring(), undefined);
  it.pass(20_000);
  assert.is(identityOn(disk).incarnation, 2, 'more when its disk is trusted');
  assert.is(it.node.epoch(), 5);
});

test('joining -> takes no requests, of clients and of peers', () => {
  const it = new OneNode({ introducers: ['b:1'] }).pass(10).connect('b').silence('b');
  assert.is(it.state, 'joining');
  assert.is(codeOf(it.write()), 'not_ready');
  assert.not(it.node.isReady());
  assert.is(outcomeAt(it), 'busy', 'its disk is not known to be the newest');
});

test('confirming -> nobody may count on its disk: no write is taken, and no vote is cast', () => {
  const it = confirming();
  assert.is(it.state, 'confirming');
  it.connect('b').silence('b').pass(100);
  assert.is(codeOf(it.write()), 'not_ready');
  assert.is(outcomeAt(it), 'busy');
  assert.is(votes(it), false);
});

test('confirming, and no peer answers in time -> serves, but vouches for nothing yet', () => {
  const it = confirming().pass(5000);
  assert.is(it.state, 'serving');
  assert.not(it.node.isReady());
  it.connect('b').silence('b');
  assert.is(outcomeAt(it), 'busy');
  assert.is(votes(it), false);
  assert.equal(it.write(), {
    ...{ ok: false, code: 'quorum_unavailable', detail: DISK_IS_UNSURE, applied: 'no' },
    ...{ needed: 1, got: 0 },
  });
  assert.equal(it.sent('replica.write'), [], 'nothing is stamped that may have been before');
  it.connect('b').pass(2000);
  assert.is(outcomeAt(it), 'ok', 'b has answered after all');
  assert.ok(it.node.isReady());
});

test('a peer answers -> serves: what it is asked to store is on its disk, and it votes', () => {
  const it = serving();
  assert.is(it.state, 'serving');
  assert.ok(it.node.isReady());
  assert.is(outcomeAt(it), 'ok');
  assert.is(it.disk.records().length, 1);
  assert.is(votes(it), true);
});

test('a peer knows a later life of ours -> renounces: its next boot is somebody new', () => {
  for (const start of [confirming, serving]) {
    const it = start();
    const later = { ...member('a'), bootId: 'boot 9', incarnation: 99, status: 'alive' as const };
    const { id, address, bootId, incarnation, status } = later;
    it.connect('b').whisper('b', { id, address, bootId, incarnation, status, accusers: [] });
    it.pass(3000);
    assert.equal(identityOn(it.disk).former.introducers, ['b:1', 'c:1']);
    assert.is(identityOn(it.disk).id, undefined);
    assert.is(codeOf(it.write()), 'shutting_down');
    assert.is(it.facts.filter(({ type }) => type === 'node.renounced').length, 1);
  }
});

test('leaving -> asks the members for a ring without it, and serves on', () => {
  const it = serving();
  it.node.leave(SELF, ({ ok }) => assert.ok(ok));
  it.pass(400);
  assert.is(it.state, 'leaving');
  assert.is(it.disk.meta.get('node.leaving'), SELF);
  assert.equal(
    it.sent('ring.prepare').map(({ to }) => to),
    [idOf('b'), idOf('c')],
  );
  assert.is(outcomeAt(it), 'ok');
  assert.ok(it.node.isReady());
});

test('a peer passes on that an operator wants it to leave -> so it does, and says so', () => {
  const it = serving();
  it.hear('b', { type: 'ring.leave', call: 7 }).pass(10);
  assert.equal(
    it.sent('ring.leaving').map(({ to, message }) => [to, message.refusal]),
    [[idOf('b'), '']],
  );
  assert.is(it.state, 'leaving');
});

test('an operator wants another member to leave -> it is asked, and its word handed on', () => {
  const it = serving();
  const outcomes: unknown[] = [];
  it.node.leave(idOf('b'), (outcome) => outcomes.push(outcome));
  const { call } = present(it.sent('ring.leave')[0], 'a request').message;
  it.hear('b', { type: 'ring.leaving', call, refusal: 'no' }).pass(10);
  assert.equal(outcomes, [{ ok: false, code: 'change_refused', detail: 'no' }]);
  it.node.leave(idOf('b'), ({ ok }) => outcomes.push(ok));
  it.pass(2100);
  assert.is(outcomes[1], false, 'it does not answer');
  assert.is(it.state, 'serving');
});

test('departing -> goes only when those who stay know why, and then belongs to nobody', () => {
  const it = serving();
  it.node.leave(SELF, () => undefined);
  it.pass(400).hear('b', { type: 'ring.decided', ring: WITHOUT_US }).pass(10);
  assert.is(it.state, 'departing');
  assert.is(identityOn(it.disk).id, SELF, 'nobody has said that it knows the ring');
  for (const { to, message } of it.sent('ring.hand')) {
    it.hear(to[0]!, { type: 'ring.handed', call: message.call, epoch: 6 });
  }
  it.pass(10);
  assert.is(identityOn(it.disk).former.left, true);
  assert.ok(it.facts.some(({ type }) => type === 'node.left'));
  assert.not(it.isClosed, 'it is stopped by whoever asked it to leave');
});

test('draining -> refuses clients at once, and says goodbye when it ends', async () => {
  const it = serving();
  const stopped = it.node.stop();
  assert.is(codeOf(it.write()), 'shutting_down');
  assert.not(it.node.isReady());
  await stopped;
  assert.equal(
    it.sent('goodbye').map(({ to, message }) => [to, message.reason]),
    [
      [idOf('b'), 'restarting'],
      [idOf('c'), 'restarting'],
    ],
  );
  assert.ok(it.isClosed);
  const told = it.facts.slice(-3).map((fact) => ('state' in fact ? fact.state : fact.type));
  assert.equal(told, ['draining', 'node.stopped', 'stopped']);
});

test('the disk fails -> the node has failed, and says no word any more', () => {
  const it = serving();
  it.disk.failNextSync();
  it.write();
  assert.ok(it.facts.slice(-2).some(({ type }) => type === 'node.failed'));
  assert.is(it.state, 'failed');
  it.sent('swim.ping');
  assert.equal(it.pass(10_000).sent('swim.ping'), []);
});

test.run();
