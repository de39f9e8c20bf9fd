/** What a node says of itself, and how it denies. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { compareClaims } from '../../../actors/membership/roster.js';
import { Self } from '../../../actors/membership/self.js';
import { suite } from '../../support/runner/suite.js';
import { claim, claims, idOf } from './claims.js';

const test = suite('membership self');

function selfAt(incarnation: number): Self {
  const self = new Self({ id: idOf('a'), address: 'a:8080', bootId: 'boot' });
  self.persisted(incarnation);
  return self;
}

test('not on disk yet -> at no incarnation, and even that is denied', () => {
  const self = new Self({ id: idOf('a'), address: 'a:8080', bootId: 'boot' });
  assert.is(self.claim.incarnation, 0);
  assert.is(self.refute(claim('a0', 'suspect')), 1);
});

test('told what we say ourselves -> nothing to deny', () => {
  const self = selfAt(3);
  assert.not(self.isOutrankedBy(self.claim));
  assert.is(self.refute(self.claim), undefined);
  assert.ok(self.isOutrankedBy({ ...self.claim, incarnation: 4 }));
});

test('told suspect or dead at our incarnation or above -> one above what was said', () => {
  assert.is(selfAt(3).refute(claim('a3', 'suspect')), 4);
  assert.is(selfAt(3).refute(claim('a3', 'dead')), 4);
  assert.is(selfAt(3).refute(claim('a7', 'left')), 8);
});

test('told something of an earlier life -> nothing to deny', () => {
  assert.is(selfAt(3).refute(claim('a2', 'dead')), undefined);
  assert.not.ok(selfAt(3).isOutrankedBy(claim('a2', 'dead')));
});

test('told that we live, at a higher incarnation -> denied too: that life is not ours', () => {
  assert.is(selfAt(3).refute(claim('a5')), 6);
});

test('not heard before it is on disk; told again meanwhile -> not raised again', () => {
  const self = selfAt(3);
  assert.is(self.refute(claim('a3', 'suspect')), 4);
  assert.is(self.claim.incarnation, 3);
  assert.is(self.refute(claim('a3', 'dead')), undefined);
  self.persisted(4);
  assert.is(self.claim.incarnation, 4);
  assert.is(self.claim.status, 'alive');
});

test('a second, stronger accusation before the first denial is on disk -> raised above it', () => {
  const self = selfAt(3);
  self.refute(claim('a3', 'suspect'));
  assert.is(self.refute(claim('a4', 'suspect')), 5);
  self.persisted(5);
  self.persisted(4);
  assert.is(self.claim.incarnation, 5);
});

test('left -> nobody else can say it stronger, but a later life can', () => {
  const self = selfAt(3);
  self.leave();
  assert.is(self.refute(claim('a3', 'dead')), undefined);
  assert.is(self.claim.status, 'left');
});

test('the highest incarnation there is -> no number that a message cannot carry', () => {
  assert.is(selfAt(3).refute(claim('a2147483647', 'dead')), 0x7fffffff);
});

test('any accusations in any order -> in the end our word outranks them all', () => {
  const accusations = fc.array(claims.map((one) => ({ ...one, id: idOf('a') })));
  fc.assert(
    fc.property(accusations, fc.boolean(), (all, slowDisk) => {
      const self = selfAt(1);
      let wanted = 1;
      for (const one of all) {
        wanted = self.refute(one) ?? wanted;
        if (!slowDisk) self.persisted(wanted);
      }
      self.persisted(wanted);
      for (const one of all) assert.ok(compareClaims(self.claim, one) > 0);
    }),
  );
});

test.run();
