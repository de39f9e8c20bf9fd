/** The page about the protocol says what the tables say. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { CLIENT_ANSWERS } from '../../src/core/wire/client/answers.js';
import { CLIENT_REQUESTS } from '../../src/core/wire/client/requests.js';
import { MESSAGES } from '../../src/core/wire/messages.js';
import { OPERATIONS } from '../../src/store/operations.js';
import { suite } from '../support/runner/suite.js';
import { PROTOCOL_FILE, protocolPage } from './protocol.js';

const test = suite('docs/protocol.md');

test('the page is what the tables make it; npm run docs writes it anew', () => {
  assert.fixture(readFileSync(PROTOCOL_FILE, 'utf8'), protocolPage());
});

test('the page has a row for every message and operation', () => {
  const page = protocolPage();
  const names = [MESSAGES, CLIENT_REQUESTS, CLIENT_ANSWERS, OPERATIONS].flatMap((table) =>
    Object.keys(table),
  );
  assert.ok(names.length >= 50, `${names.length} names`);
  for (const name of names) assert.ok(page.includes(`| \`${name}\` |`), name);
  assert.not.match(page, /undefined|\[object/);
});

test.run();
