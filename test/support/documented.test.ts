/** What is read out of documents, and when what was printed is not what they say. */
import * as assert from 'uvu/assert';
import { isAsDocumented, shellBlocks, tableLines } from './documented.js';
import { suite } from './runner/suite.js';

const test = suite('documented');

const DOCUMENT = `
# One

\`\`\`sh
first
second
\`\`\`

\`\`\`text
printed
\`\`\`

## Two

\`\`\`sh
third
\`\`\`

Words in between.

\`\`\`json
{}
\`\`\`

| request | status | answer |
| --- | --- | --- |
| \`curl -d '{"a":"b"}' x\` | 200 | \`{"a":1}\` |
  | \`curl y\` | 204 | |
| \`wget y\` | 204 | |
`;

test('blocks of shell -> by section, with the output right behind them', () => {
  assert.equal(shellBlocks(DOCUMENT), [
    { section: 'One', commands: ['first', 'second'], prints: 'printed\n' },
    { section: 'Two', commands: ['third'], prints: undefined },
  ]);
});

test('rows of tables with a line of curl -> that, its status and its answer', () => {
  assert.equal(tableLines(DOCUMENT), [
    { command: `curl -d '{"a":"b"}' x`, status: 200, answer: '{"a":1}' },
    { command: 'curl y', status: 204, answer: '' },
  ]);
});

test('what is printed -> letter by letter, but for the end of the text and for …', () => {
  for (const [printed, documented] of [
    ['a\r\nb\n', 'a\nb'],
    ['(1.5 ms)', '(… ms)'],
    ['a\nb\nc', 'a\n…c'],
    ['ready', 'ready…'],
  ] as const) {
    assert.ok(isAsDocumented(printed, documented), documented);
  }
  for (const [printed, documented] of [
    ['ab', 'a'],
    ['a', 'ab'],
    ['axb', 'a.b'],
    [' a', 'a'],
    ['1 ms, late', '… ms'],
    ['', 'a'],
  ] as const) {
    assert.not(isAsDocumented(printed, documented), documented);
  }
});

test.run();
