/** What is printed: harmless, coloured where somebody looks, and within the width. */
import * as assert from 'uvu/assert';
import { type Form, Output } from '../../../src/cli/terminal/output.js';
import { wrapped } from '../../../src/cli/terminal/wrapping.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('terminal: output');
const HOSTILE = 'a\u001b[2Jb\u202ec\nd';

function printed(
  print: (output: Output) => void,
  {
    asked,
    isTTY = false,
    isColoured = false,
  }: { asked?: Form; isTTY?: boolean; isColoured?: boolean },
): string {
  let text = '';
  const out = {
    write: (part: string | Uint8Array) => {
      text += part;
    },
    isTTY,
    columns: 20,
    hasColors: () => isColoured,
  };
  print(new Output(asked, { out, error: out }));
  return text;
}

const print = (output: Output) => output.lines([[{ text: HOSTILE, style: 'red' }, ' end']]);
const SAFE = 'a\\u001b[2Jb\\u202ec\\u000ad';

test('what strangers have sent is shown, and moves no cursor', () => {
  assert.is(printed(print, {}), `${SAFE} end\n`);
  assert.is(printed(print, { isTTY: true }), `${SAFE} end\n`);
  assert.is(
    printed((output) => output.note(HOSTILE), {}),
    'quorate: a\\u001b[2Jb\\u202ec\nd\n',
  );
});

test('colour only on a terminal that wants it', () => {
  const red = `\u001b[31m${SAFE}\u001b[39m end\n`;
  assert.is(printed(print, { isTTY: true, isColoured: true }), red);
  assert.is(printed(print, { isTTY: false, isColoured: true }), `${SAFE} end\n`);
});

test('JSON stays JSON, and harmless', () => {
  const text = printed((output) => output.json({ key: `${HOSTILE}\u009b` }), {});
  assert.equal(JSON.parse(text), { key: `${HOSTILE}\u009b` });
  for (const control of ['\u001b', '\u009b', '\u202e']) assert.not(text.includes(control));
});

test('one result in the form that was asked for', () => {
  const report = { json: { a: 1 }, table: () => [['table']], value: () => '1\n2' } as const;
  const show = (output: Output) => output.report(report);
  assert.is(printed(show, {}), 'table\n');
  assert.is(printed(show, { asked: 'table' }), 'table\n');
  assert.is(printed(show, { asked: 'json' }), '{\n  "a": 1\n}\n');
  assert.is(printed(show, { asked: 'value' }), '1\n2\n');
});

test('redrawn on a terminal from the top; elsewhere one behind the other', () => {
  const redraw = (output: Output) => output.redraw([['a'], ['b']]);
  assert.is(printed(redraw, { isTTY: true }), '\u001b[Ha\u001b[K\nb\u001b[K\n\u001b[J');
  assert.is(printed(redraw, {}), 'a\nb\n\n');
});

test('sentences are broken between words', () => {
  assert.equal(wrapped('one two three', 7), ['one two', 'three']);
  assert.equal(wrapped('a-word-that-is-longer then', 8), ['a-word-that-is-longer', 'then']);
  assert.equal(wrapped('', 8), ['']);
  assert.equal(wrapped('one two', Number.POSITIVE_INFINITY), ['one two']);
});

test('a part of something long -> no more before a full stream has drained', async () => {
  const drained: (() => void)[] = [];
  const out = {
    write: (part: string | Uint8Array) => part !== 'full',
    once: (_: 'drain', listener: () => void) => drained.push(listener),
  };
  const output = new Output(undefined, { out, error: out });
  await output.passed('there is room');
  assert.is(drained.length, 0);
  let isPassed = false;
  const passing = output.passed('full').then(() => {
    isPassed = true;
  });
  await new Promise(setImmediate);
  assert.equal([drained.length, isPassed], [1, false]);
  drained[0]!();
  await passing;
});

test.run();
