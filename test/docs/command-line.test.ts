/** The page about the command line says what the tables say. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { EXIT_CODES } from '../../src/cli/exit-codes.js';
import { VERBS } from '../../src/cli/verbs/table.js';
import { suite } from '../support/runner/suite.js';
import { COMMAND_LINE_FILE, commandLinePage } from './command-line.js';

const test = suite('docs/command-line.md');

test('the page is what the tables make it; npm run docs writes it anew', () => {
  assert.fixture(readFileSync(COMMAND_LINE_FILE, 'utf8'), commandLinePage());
});

test('the page has every verb, each of its options, and every exit code', () => {
  const page = commandLinePage();
  for (const { name, options = [] } of VERBS) {
    assert.ok(page.includes(`\n### ${name}\n`), name);
    for (const { flags } of options) assert.ok(page.includes(`| \`${flags}\` |`), flags);
  }
  for (const { code } of Object.values(EXIT_CODES)) assert.ok(page.includes(`\n| ${code} |`));
  assert.not.match(page, /undefined|\[object/);
});

test.run();
