/** Who a node is after what its disk has seen. */
import * as assert from 'uvu/assert';
import { DamagedMeta } from '../../src/node/base/meta.js';
import {
  type Identity,
  nextIdentity,
  renounceIdentity,
  saveIdentity,
} from '../../src/node/identity.js';
import { VersionClock } from '../../src/node/replica/version-clock.js';
import type { CurrentRing } from '../../src/node/ring/current-ring.js';
import { RingVoter } from '../../src/node/ring/voter.js';
import type { Store } from '../../src/ports.js';
import { Stream } from '../sim/world/random.js';
import { suite } from '../support/runner/suite.js';

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

const ID = '0123456789abcdef';
const good = { id: ID, incarnation: 1, seen: { b: 7 } };
const former = { clusterId: 'c', introducers: ['h:2'], left: false };

/** [of what, texts that are none] */
const DAMAGED: readonly (readonly [string, readonly string[]])[] = [
  [
    'node.identity',
    [
      '',
      '{x',
      'null',
      '5',
      '[]',
      '{}',
      ...[
        { ...good, id: 'x' },
        { ...good, incarnation: undefined },
        { ...good, incarnation: '1' },
        { ...good, seen: undefined },
        { ...good, seen: null },
        { ...good, seen: { b: '7' } },
        { former: null },
        { former: { ...former, introducers: 'h:2' } },
        { former: { ...former, introducers: [2] } },
        { former: { ...former, left: 0 } },
      ].map((value) => JSON.stringify(value)),
    ],
  ],
  ['ring', ['', '{x', 'null', ringOf('x')]],
  [
    'ring.vote',
    [
      '',
      '{x',
      'null',
      '{}',
      ...[
        { epoch: 2 },
        { epoch: '2', promised: { round: 1, node: ID } },
        { epoch: 2, promised: { round: 1, node: 'x' } },
        { epoch: 2, promised: { round: 1, node: ID }, accepted: null },
        { epoch: 2, promised: { round: 1, node: ID }, accepted: { ring: ringOf(ID) } },
        {
          epoch: 2,
          promised: { round: 1, node: ID },
          accepted: { ballot: { round: 1, node: ID }, ring: 'no ring' },
        },
      ].map((value) => JSON.stringify(value)),
    ],
  ],
  ['clock.ceiling', ['', 'x', 'NaN', '-1', '0.5', '1 ', ' 1', '1 x', '1 2 3', '1.5 2']],
];

/** Reads all that a node reads before it begins. */
function readAll(store: Store): void {
  const { id } = nextIdentity(store, random);
  const clock = { now: () => 0, standing: 'right' } as const;
  new RingVoter({ store, rings: {} as CurrentRing, isTrusted: () => true });
  const isTrusted = () => true;
  new VersionClock({ node: id, clock, store, isTrusted, maxDriftMs: 500 });
}

test('what the disk holds is whole -> read', () => {
  const vote = {
    epoch: 2,
    promised: { round: 1, node: ID },
    accepted: { ballot: { round: 1, node: ID }, ring: ringOf(ID) },
  };
  const texts = {
    'node.identity': JSON.stringify(good),
    ring: ringOf(ID),
    'ring.vote': JSON.stringify(vote),
    'clock.ceiling': '4096',
  };
  readAll(diskWith(texts));
  const { accepted: _, ...promise } = vote;
  readAll(diskWith({ ...texts, 'ring.vote': JSON.stringify(promise) }));
});

for (const [name, texts] of DAMAGED) {
  test(`${name} is damaged -> DamagedMeta, in one line that names it`, () => {
    for (const text of texts) {
      assert.throws(
        () => readAll(diskWith({ [name]: text })),
        (error: unknown) =>
          error instanceof DamagedMeta &&
          error.message.startsWith(`its ${name} makes no sense: `) &&
          !error.message.includes('\n'),
        `taken: ${text}`,
      );
    }
  });
}

test.run();
