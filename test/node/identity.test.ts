/** Who a node is after what its disk has seen. */
import * as assert from 'uvu/assert';
import {
  type Identity,
  nextIdentity,
  renounceIdentity,
  saveIdentity,
} from '../../src/node/identity.js';
import type { Store } from '../../src/ports.js';
import { Stream } from '../sim/random.js';
import { suite } from '../support/suite.js';

const test = suite('identity');

function diskWith(texts: { [name: string]: string } = {}): Store {
  const meta = new Map(Object.entries(texts));
  return {
    meta: (name: string) => meta.get(name),
    setMeta(name: string, text: string, done: () => void) {
      meta.set(name, text);
      done();
    },
  } as unknown as Store;
}

const random = new Stream(1, 'identity');
const boot = (store: Store): Identity => {
  const identity = nextIdentity(store, random);
  saveIdentity(store, identity, () => undefined);
  return identity;
};
const ringOf = (id: string) =>
  JSON.stringify({
    clusterId: 'c'.repeat(32),
    epoch: 1,
    replicas: 3,
    members: [{ id, address: 'h:1', weight: 1, zone: '' }],
    layout: [[0]],
  });

test('an empty disk -> somebody new; the same disk -> the same node in a later life', () => {
  const disk = diskWith();
  const first = boot(disk);
  const second = boot(disk);
  assert.is(first.incarnation, 1);
  assert.is(second.id, first.id);
  assert.is(second.incarnation, 2);
  assert.is.not(second.bootId, first.bootId);
  assert.is.not(boot(diskWith()).id, first.id);
});

test('what was seen of the others -> is known after a restart', () => {
  const disk = diskWith();
  saveIdentity(disk, { ...boot(disk), seen: { b: 7 } }, () => undefined);
  assert.equal(boot(disk).seen, { b: 7 });
});

test('renounced -> somebody new, who knows where it was, until a ring names it', () => {
  const disk = diskWith();
  const before = boot(disk);
  disk.setMeta('ring', ringOf(before.id), () => undefined);
  const former = { clusterId: 'c'.repeat(32), introducers: ['h:2'], left: false };
  renounceIdentity(disk, former, () => undefined);

  const after = boot(disk);
  assert.is.not(after.id, before.id);
  assert.is(after.incarnation, 1);
  assert.equal(after.former, former);
  assert.equal(boot(disk).former, former, 'it has not got there yet');

  disk.setMeta('ring', ringOf(after.id), () => undefined);
  const member = boot(disk);
  assert.is(member.id, after.id);
  assert.is(member.former, undefined);
});

test('an identity that makes no sense -> an error that shows it', () => {
  for (const text of ['{"id":"x","incarnation":1}', '{"id":"0123456789abcdef"}', '{}']) {
    const disk = diskWith({ 'node.identity': text });
    assert.throws(() => nextIdentity(disk, random), /makes no sense/);
  }
});

test.run();
