/** Which nodes a backup may lack: every write of a quorum is to be at one that it has. */
import * as assert from 'uvu/assert';
import { uncovered } from '../../../src/cli/backup/coverage.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('coverage');
const OWNERS = [
  ['a', 'b', 'c'],
  ['b', 'c', 'd'],
];

function lacking(writeQuorum: number, ...nodes: string[]): number {
  return uncovered({ owners: OWNERS, writeQuorum }, new Set(nodes));
}

test('N − W + 1 of the owners of each partition -> all that was acknowledged', () => {
  for (const [writeQuorum, nodes, partitions] of [
    [2, 'abcd', 0],
    [2, 'bc', 0],
    [2, 'ab', 1],
    [2, 'ad', 2],
    [2, 'acd', 0],
    [3, 'a', 1],
    [3, 'b', 0],
    [2, '', 2],
  ] as const) {
    assert.is(lacking(writeQuorum, ...nodes), partitions, `W=${writeQuorum} ${nodes}`);
  }
});

test('fewer owners than the quorum asks for -> any of them has it', () => {
  assert.is(uncovered({ owners: [['a']], writeQuorum: 2 }, new Set(['a'])), 0);
  assert.is(uncovered({ owners: [['a', 'b']], writeQuorum: 2 }, new Set(['b'])), 0);
  assert.is(uncovered({ owners: [['a']], writeQuorum: 2 }, new Set()), 1);
});

test.run();
