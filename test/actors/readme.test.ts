/** The tables of `actors/README.md` against the charts they describe. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { suite } from '../support/runner/suite.js';
import { chartOf } from './chart-table.js';
import { MACHINES } from './machines.js';

const test = suite('actors/README.md');
const README = readFileSync('actors/README.md', 'utf8');

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
