import * as assert from 'uvu/assert';
import { textOf } from '../../../src/cli/terminal/output.js';
import { waterfallLines } from '../../../src/cli/terminal/waterfall.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('terminal: waterfall');

const STEPS = [
  { atMs: 4, what: 'replica.read', owner: 'x', answer: 'ok', tookMs: 4 },
  { atMs: 5, what: 'one is late' },
  { atMs: 10, what: 'replica.read', owner: 'y', answer: 'timeout', tookMs: 8 },
];
const nameOf = (id: string) => `node ${id}`;

function drawn(width: number): string[] {
  const lines = waterfallLines(STEPS, 8, nameOf, width);
  return lines.map((line) => line.map(textOf).join(''));
}

test('a bar for what took time, a dot for a moment, a mark where the client had its answer', () => {
  assert.equal(drawn(60), [
    'read        node x ██████████                  4 ms',
    'read        node y     ███████████████████     8 ms timeout',
    'one is late                    ·            at 5 ms',
    '                                     ▲ answered after 8 ms',
  ]);
});

test('no line is wider than the terminal, as far as words and bars fit', () => {
  for (const width of [60, 80, 120]) {
    for (const line of drawn(width)) assert.ok(line.length <= width, `${width}: ${line}`);
  }
});

test('nowhere wider than is good to read', () => {
  assert.ok(drawn(Number.POSITIVE_INFINITY).every((line) => line.length < 110));
});

test.run();
