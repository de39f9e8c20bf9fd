import * as assert from 'uvu/assert';
import { textOf } from '../../../src/cli/terminal/output.js';
import { type Column, table } from '../../../src/cli/terminal/table.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('terminal: table');

interface Row {
  readonly name: string;
  readonly size: number;
  readonly note: string;
}

const ROWS: readonly Row[] = [
  { name: 'a', size: 5, note: 'first' },
  { name: 'longer', size: 1234, note: 'second of them' },
];
const COLUMNS: readonly Column<Row>[] = [
  { title: 'name', cell: ({ name }) => ({ text: name, style: 'red' }) },
  { title: 'size', cell: ({ size }) => String(size), isNumber: true },
  { title: 'note', cell: ({ note }) => note, rank: 1 },
];

function drawn(rows: readonly Row[], width: number): string[] {
  return table(COLUMNS, rows, width).map((line) => line.map(textOf).join(''));
}

test('columns line up: words at their beginning, numbers at their end', () => {
  assert.equal(drawn(ROWS, 80), [
    'NAME    SIZE  NOTE',
    'a          5  first',
    'longer  1234  second of them',
  ]);
});

test('too narrow -> the column of the highest rank is left out, those without one never', () => {
  assert.equal(drawn(ROWS, 27), ['NAME    SIZE', 'a          5', 'longer  1234']);
  assert.equal(drawn(ROWS, 5), ['NAME    SIZE', 'a          5', 'longer  1234']);
  assert.is(drawn(ROWS, 28).length, 3);
  assert.match(drawn(ROWS, 28)[0]!, 'NOTE');
});

test('a column in which nothing stands is none', () => {
  const rows = ROWS.map((row) => ({ ...row, note: '' }));
  assert.equal(drawn(rows, 80)[0], 'NAME    SIZE');
});

test('control characters count as what is shown for them', () => {
  assert.equal(drawn([{ name: '\u001b[2J', size: 5, note: '' }], 80), [
    'NAME       SIZE',
    '\\u001b[2J     5',
  ]);
});

test.run();
