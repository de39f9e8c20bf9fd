/** The tables of `actors/README.md` against the charts they describe. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { AnyStateMachine } from 'xstate';
import { coordinatorMachine } from '../../actors/coordinator/machine.js';
import { hintsMachine } from '../../actors/hints/machine.js';
import { membershipMachine } from '../../actors/membership/machine.js';
import { nodeMachine } from '../../actors/node/machine.js';
import { ringMachine } from '../../actors/ring/machine.js';
import { stabilizerMachine } from '../../actors/stabilizer/machine.js';
import { suite } from '../support/runner/suite.js';

const test = suite('actors/README.md');
const README = readFileSync('actors/README.md', 'utf8');

const MACHINES: readonly AnyStateMachine[] = [
  nodeMachine,
  membershipMachine,
  ringMachine,
  coordinatorMachine,
  stabilizerMachine,
  hintsMachine,
];

for (const machine of MACHINES) {
  test(`${machine.id}: the table names the chart's states and events`, () => {
    assert.equal(Object.fromEntries(tableOf(machine.id)), Object.fromEntries(chartOf(machine)));
  });
}

/** State -> sorted events, from the first table of the section. */
function tableOf(id: string): Map<string, string[]> {
  const section = README.split(/^## /m).find((text) => new RegExp(`^${id}\\b`).test(text));
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

/** Every state without states of its own, with the events that reach it and are not ignored. */
function chartOf(machine: AnyStateMachine): Map<string, string[]> {
  const leaves = new Map<string, string[]>();
  const walk = (node: AnyStateMachine['root'], inherited: readonly string[]) => {
    const isIgnored = (event: string) =>
      node.transitions.get(event)?.every(({ target, actions }) => !target && actions.length === 0);
    const all = [...new Set([...inherited, ...node.ownEvents])];
    const events = all.filter((event) => !isIgnored(event));
    const children = Object.values(node.states);
    for (const child of children) walk(child, events);
    if (children.length > 0) return;
    const named = events.filter((event) => !event.startsWith('xstate.') && event !== '*');
    leaves.set(node.key, node.type === 'final' ? [] : named.sort());
  };
  walk(machine.root, []);
  return leaves;
}

test.run();
