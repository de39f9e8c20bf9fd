/** The tables of `actors/README.md` against the charts they describe. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { AnyStateMachine } from 'xstate';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { hintsMachine } from '../../actors/hints/machine.js';
import { targetMachine } from '../../actors/hints/replay.js';
import { membershipMachine } from '../../actors/membership/machine.js';
import { nodeMachine } from '../../actors/node/machine.js';
import { ringMachine } from '../../actors/ring/machine.js';
import { antiEntropyMachine } from '../../actors/stabilizer/anti-entropy.js';
import { garbageCollectionMachine } from '../../actors/stabilizer/garbage-collection.js';
import { stabilizerMachine } from '../../actors/stabilizer/machine.js';
import { transferMachine } from '../../actors/stabilizer/transfer.js';
import { suite } from '../support/runner/suite.js';
import { chartOf } from './chart-table.js';

const test = suite('actors/README.md');
const README = readFileSync('actors/README.md', 'utf8');

const MACHINES: readonly AnyStateMachine[] = [
  nodeMachine,
  membershipMachine,
  ringMachine,
  coordinatorMachine,
  stabilizerMachine,
  transferMachine,
  antiEntropyMachine,
  garbageCollectionMachine,
  hintsMachine,
  targetMachine,
];

for (const machine of MACHINES) {
  test(`${machine.id}: the table names the chart's states and events`, () => {
    assert.equal(Object.fromEntries(tableOf(machine.id)), Object.fromEntries(chartOf(machine)));
  });
}

/** State -> sorted events, from the table of the section. */
function tableOf(id: string): Map<string, string[]> {
  const section = README.split(/^###? /m).find((text) => new RegExp(`^${id}\\b`).test(text));
  assert.ok(section, `a section for ${id}`);
  const rows = section.split('\n').filter((line) => /^\| [a-z]\w* +\|/.test(line));
  return new Map(
    rows
      .map((row) => row.split('|').map((cell) => cell.trim()))
      .filter(([, state]) => state !== 'state')
      .map(([, state, , events]): [string, string[]] => [state!, namesIn(events!)]),
  );
}

function namesIn(cell: string): string[] {
  return cell === '' ? [] : cell.split(', ').sort();
}

test.run();
