/** The tally against the definition of a quorum, written out naively. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {
  blockingOf,
  everyoneIn,
  majority,
  majorityOf,
  type QuorumGroup,
  quorumOf,
  Tally,
  type Verdict,
  votesAmong,
} from '../../../src/core/ring/quorum.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('quorum');
const NODES = ['a', 'b', 'c', 'd', 'e', 'f'];

const groups: fc.Arbitrary<QuorumGroup> = fc
  .tuple(fc.shuffledSubarray(NODES, { minLength: 1 }), fc.integer({ min: 1, max: 7 }))
  .map(([owners, needed]) => ({ owners, needed }));

const answers = fc.array(
  fc.record({ from: fc.constantFrom(...NODES, 'a stranger'), ok: fc.boolean() }),
  { maxLength: 14 },
);

/** Looks at every way the silent owners could still answer. */
function naiveVerdict(all: readonly QuorumGroup[], state: Map<string, boolean>): Verdict {
  const reachedIf = (silentAnswer: boolean) =>
    all.every(
      ({ owners, needed }) =>
        owners.filter((owner) => state.get(owner) ?? silentAnswer).length >= needed,
    );
  if (reachedIf(false)) return 'reached';
  return reachedIf(true) ? 'open' : 'impossible';
}

test('any answers, one or two groups -> the verdict of the definition after each', () => {
  fc.assert(
    fc.property(fc.array(groups, { minLength: 1, maxLength: 2 }), answers, (all, given) => {
      const tally = new Tally(all);
      const state = new Map<string, boolean>();
      assert.is(tally.verdict, naiveVerdict(all, state));
      for (const { from, ok } of given) {
        if (ok) tally.succeed(from);
        else tally.fail(from);
        state.set(from, ok || state.get(from) === true);
        assert.is(tally.verdict, naiveVerdict(all, state));
        assert.ok(tally.hasAnswered(from));
        assert.is(tally.hasSucceeded(from), state.get(from));
      }
      for (const node of NODES) assert.is(tally.hasAnswered(node), state.has(node));
    }),
    { numRuns: 1000 },
  );
});

test('any answers -> the verdict never changes again once it is decided', () => {
  fc.assert(
    fc.property(fc.array(groups, { minLength: 1, maxLength: 2 }), answers, (all, given) => {
      const tally = new Tally(all);
      const answered = new Set<string>();
      let decided: Verdict | undefined;
      for (const { from, ok } of given) {
        // A late success after a failure may still save a quorum: one answer from each here.
        if (answered.has(from)) continue;
        answered.add(from);
        if (ok) tally.succeed(from);
        else tally.fail(from);
        if (decided) assert.is(tally.verdict, decided);
        else if (tally.verdict !== 'open') decided = tally.verdict;
      }
    }),
  );
});

test('two of three -> reached by the second success, impossible by the second failure', () => {
  const group = { owners: ['a', 'b', 'c'], needed: 2 };
  const lucky = new Tally([group]);
  lucky.succeed('a');
  lucky.succeed('a');
  assert.is(lucky.verdict, 'open');
  lucky.succeed('c');
  assert.is(lucky.verdict, 'reached');

  const unlucky = new Tally([group]);
  unlucky.fail('a');
  assert.is(unlucky.verdict, 'open');
  unlucky.fail('b');
  assert.is(unlucky.verdict, 'impossible');
});

test('owners change -> both groups need their quorum, a common owner counts in both', () => {
  const tally = new Tally([
    { owners: ['a', 'b', 'c'], needed: 2 },
    { owners: ['c', 'd', 'e'], needed: 2 },
  ]);
  tally.succeed('a');
  tally.succeed('b');
  assert.is(tally.verdict, 'open');
  assert.equal(tally.shortfall, { needed: 2, got: 0 });
  tally.succeed('c');
  assert.is(tally.verdict, 'open');
  assert.equal(tally.shortfall, { needed: 2, got: 1 });
  tally.succeed('e');
  assert.is(tally.verdict, 'reached');
});

test('any answers -> the shortfall is that of the group that lacks most', () => {
  fc.assert(
    fc.property(fc.array(groups, { minLength: 1, maxLength: 2 }), answers, (all, given) => {
      const tally = new Tally(all);
      for (const { from, ok } of given) if (ok) tally.succeed(from);
      const lacking = all.map(
        ({ owners, needed }) => needed - owners.filter((o) => tally.hasSucceeded(o)).length,
      );
      const { needed, got } = tally.shortfall;
      assert.is(needed - got, Math.max(...lacking));
    }),
  );
});

test('a retracted success -> counts as a failure', () => {
  const tally = new Tally([{ owners: ['a', 'b'], needed: 2 }]);
  tally.succeed('a');
  tally.retract('a');
  assert.not(tally.hasSucceeded('a'));
  assert.ok(tally.hasAnswered('a'));
  assert.is(tally.verdict, 'impossible');
});

test('some have answered -> the first of the others that are still needed, in each group', () => {
  const tally = new Tally([
    { owners: ['a', 'b', 'c'], needed: 2 },
    { owners: ['c', 'd', 'e'], needed: 2 },
  ]);
  assert.equal(tally.stillNeeded(['e', 'a', 'd', 'c', 'b']), ['a', 'c', 'e']);
  assert.equal(tally.stillNeeded(['a stranger', 'b']), ['b']);
  tally.succeed('c');
  assert.equal(tally.stillNeeded(['d', 'e', 'b', 'a']), ['b', 'd']);
  tally.succeed('a');
  assert.equal(tally.stillNeeded(['b', 'd', 'e']), ['d']);
  tally.succeed('e');
  assert.equal(tally.stillNeeded(NODES), []);
});

test('who is still needed succeeds -> reached, if that is possible, and none was spare', () => {
  const several = fc.array(groups, { minLength: 1, maxLength: 2 });
  const property = fc.property(several, answers, fc.shuffledSubarray(NODES), (all, given, some) => {
    const succeeded = given.filter(({ ok }) => ok).map(({ from }) => from);
    const verdictWith = (others: readonly string[]) => {
      const tally = new Tally(all);
      for (const owner of [...succeeded, ...others]) tally.succeed(owner);
      return tally.verdict;
    };
    const tally = new Tally(all);
    for (const owner of succeeded) tally.succeed(owner);
    const candidates = some.filter((owner) => !succeeded.includes(owner));
    const needed = tally.stillNeeded(candidates);
    assert.is(verdictWith(needed) === 'reached', verdictWith(candidates) === 'reached');
    const [only, ...others] = all;
    if (others.length > 0 || !only) return;
    const got = only.owners.filter((owner) => succeeded.includes(owner)).length;
    const able = candidates.filter((owner) => only.owners.includes(owner));
    assert.equal(needed, able.slice(0, Math.max(0, only.needed - got)));
  });
  fc.assert(property, { numRuns: 500 });
});

test('so many are missing that no majority is left -> by how many owners there are', () => {
  const needed = [1, 2, 3, 4, 5].map((count) => blockingOf(NODES.slice(0, count)).needed);
  assert.equal(needed, [1, 1, 2, 2, 3]);
});

test('fewer owners than wanted -> all of them are needed', () => {
  assert.is(quorumOf(['a'], 2).needed, 1);
  assert.is(quorumOf(['a', 'b'], 2).needed, 2);
  assert.is(quorumOf(['a', 'b', 'c'], 2).needed, 2);
});

test('an answer that is forgotten -> as if there had been none, and it may come yet', () => {
  const tally = new Tally([{ owners: ['a', 'b'], needed: 2 }]);
  tally.succeed('a');
  tally.fail('b');
  tally.forget('a');
  tally.forget('b');
  assert.equal([tally.hasAnswered('a'), tally.hasAnswered('b')], [false, false]);
  assert.is(tally.verdict, 'open');
  tally.succeed('a');
  tally.succeed('b');
  assert.is(tally.verdict, 'reached');
});

test('a majority -> the fewest of which any two have one in common', () => {
  assert.equal([1, 2, 3, 4, 5, 6, 7].map(majority), [1, 2, 2, 3, 3, 4, 4]);
  const owners = ['a', 'b', 'c', 'd', 'e'];
  assert.equal(majorityOf(owners), { owners, needed: 3 });
  const isAlive = (id: string) => id < 'c';
  assert.equal(votesAmong(owners, isAlive), { alive: 2, needed: 3 });
});

test('everyone in one group or two -> each once, those of the first group first', () => {
  assert.equal(everyoneIn([]), []);
  assert.equal(everyoneIn([{ owners: ['b', 'a'] }]), ['b', 'a']);
  const two = [{ owners: ['c', 'a'] }, { owners: ['a', 'b', 'c', 'd'] }];
  assert.equal(everyoneIn(two), ['c', 'a', 'b', 'd']);
});

test.run();
