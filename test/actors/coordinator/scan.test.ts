/** Who is asked for a part of a listing, who in their place, and when enough have been heard. */
import * as assert from 'uvu/assert';
import { type AskedSet, ScanOperation, type Source } from '../../../actors/coordinator/scan.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('scan operation');

const PAGE = { rows: [], next: undefined };
const FAILED = { reason: 'timeout' };

/** So many of these are needed, and they are asked in this order. */
function set(owners: string, needed = 2): AskedSet {
  const ids = [...owners];
  return { groups: [{ owners: ids, needed }], preferred: ids };
}

/** `a01v`: owner a is asked about the sets 0 and 1, with values. */
function names(sources: readonly Source[]): string[] {
  return sources.map(
    ({ owner, sets, withValues }) => `${owner}${sets.join('')}${withValues ? 'v' : ''}`,
  );
}

function begun(sets: readonly AskedSet[], withValues = false) {
  const operation = new ScanOperation(withValues);
  const sources = [...operation.begin(sets)];
  return {
    operation,
    sources,
    /** Of the last of them that is named so. */
    say(name: string, page: typeof PAGE | typeof FAILED) {
      const source = sources.find((each) => names([each])[0] === name);
      assert.ok(source, `${name} was asked`);
      const step = operation.heard(source, operation.round, page);
      if (step.next === 'ask') sources.push(...step.sources);
      return step;
    },
  };
}

test('several sets -> each owner is asked once, just enough of each set', () => {
  const { sources } = begun([set('abc'), set('bcd'), set('acd', 1)]);
  assert.equal(names(sources), ['a02', 'b01', 'c1']);
});

test('values wanted -> of one owner of each set', () => {
  const { sources } = begun([set('abc'), set('bca')], true);
  assert.equal(names(sources), ['a0v', 'b0', 'b1v', 'c1']);
});

test('all have answered -> heard, with the sets that each page is about', () => {
  const { say } = begun([set('abc'), set('bcd')]);
  assert.is(say('a0', PAGE).next, 'wait');
  assert.is(say('b01', PAGE).next, 'wait');
  assert.equal(say('c1', PAGE), {
    next: 'heard',
    pages: [
      { ...PAGE, sets: [0] },
      { ...PAGE, sets: [0, 1] },
      { ...PAGE, sets: [1] },
    ],
  });
});

test('one fails -> the next of its sets is asked, for values if those are missing', () => {
  const { sources, say } = begun([set('abc'), set('acd')], true);
  assert.equal(names(sources), ['a01v', 'b0', 'c1']);
  say('b0', PAGE);
  say('c1', PAGE);
  assert.is(say('a01v', FAILED).next, 'ask');
  assert.equal(names(sources.slice(3)), ['c0v', 'd1v']);
  say('c0v', PAGE);
  assert.is(say('d1v', PAGE).next, 'heard');
});

test('too few are left in one set -> failed, with its numbers and what they said', () => {
  const { say } = begun([set('abc'), set('ade', 3)]);
  say('b0', PAGE);
  assert.equal(say('a01', FAILED), { next: 'failed', needed: 3, got: 0, reasons: ['timeout'] });
});

test('owners are changing -> enough of both', () => {
  const groups = [
    { owners: ['a', 'b', 'c'], needed: 2 },
    { owners: ['b', 'c', 'd'], needed: 2 },
  ];
  const { sources, say } = begun([{ groups, preferred: ['a', 'b', 'c', 'd'] }]);
  assert.equal(names(sources), ['a0', 'b0', 'c0']);
  say('a0', PAGE);
  say('b0', PAGE);
  assert.is(say('c0', PAGE).next, 'heard');
});

test('one is late -> the next are asked besides, and whoever is first counts', () => {
  const { operation, sources, say } = begun([set('abc'), set('abd')], true);
  assert.equal(names(sources), ['a01v', 'b01']);
  const more = operation.late(sources[0]!, operation.round);
  assert.equal(names(more), ['c0v', 'd1v']);
  sources.push(...more);
  assert.equal(operation.late(sources[0]!, operation.round), []);
  say('b01', PAGE);
  say('c0v', PAGE);
  assert.is(say('d1v', PAGE).next, 'heard');
  assert.is(say('a01v', PAGE).next, 'wait');
});

test('the ring has changed -> waits for it, and begins with others', () => {
  const { operation, sources } = begun([set('abc')]);
  const { round } = operation;
  assert.ok(operation.fenced('a', round));
  assert.not.ok(operation.fenced('b', round));
  assert.is(operation.heard(sources[1]!, round, PAGE).next, 'wait');
  assert.equal(operation.late(sources[1]!, round), []);
  assert.equal(names(operation.begin([set('bcd')])), ['b0', 'c0']);
  assert.is(operation.heard(sources[1]!, round, PAGE).next, 'wait');
});

test('given up -> failed, why, and nothing follows', () => {
  const { operation, say } = begun([set('abc')]);
  say('a0', PAGE);
  assert.equal(operation.giveUp('no room'), {
    ...{ next: 'failed', needed: 2, got: 1 },
    reasons: ['no room'],
  });
  assert.is(say('b0', PAGE).next, 'wait');
});

test.run();
