/** The page about events says what the tables say. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { FACTS } from '../../src/events/facts.js';
import { STREAM_FRAMES } from '../../src/events/frame.js';
import { RUN_FRAMES } from '../../src/events/run-frame.js';
import { suite } from '../support/runner/suite.js';
import { EVENTS_FILE, eventsPage } from './events.js';

const test = suite('docs/events.md');

test('the page is what the tables make it; npm run docs writes it anew', () => {
  assert.fixture(readFileSync(EVENTS_FILE, 'utf8'), eventsPage());
});

test('the page has a row for every fact, and for all that is said of a stream', () => {
  const page = eventsPage();
  for (const name of Object.keys({ ...FACTS, ...STREAM_FRAMES, ...RUN_FRAMES })) {
    assert.ok(page.includes(`| \`${name}\` |`), name);
  }
  assert.not.match(page, /undefined|\[object/);
});

test.run();
