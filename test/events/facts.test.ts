/** The table of facts, and how what is told is held against it. */
import * as assert from 'uvu/assert';
import { FACTS } from '../../src/events/facts.js';
import { faultOf } from '../support/facts.js';
import { suite } from '../support/runner/suite.js';

const test = suite('facts');

test('every fact -> a sentence, and a word for every field', () => {
  for (const [type, { what, fields }] of Object.entries(FACTS)) {
    assert.match(type, /^[a-z]+\.[a-zA-Z]+$/);
    assert.match(what, /^[A-Z].*\.$/, type);
    for (const word of Object.values(fields)) assert.match(word, /\S/, type);
  }
});

test('as its row says -> no fault; another type, a field too many or too few -> found', () => {
  assert.is(faultOf({ type: 'node.serving' }), undefined);
  const up = { type: 'peer.up', id: 'a', address: 'b', programVersion: '' };
  assert.is(faultOf(up), undefined);
  assert.match(faultOf({ type: 'node.dreaming' }) ?? '', /no fact node\.dreaming/);
  assert.match(faultOf({ type: 'constructor' }) ?? '', /no fact/);
  assert.match(faultOf({ ...up, mood: 'good' } as never) ?? '', /mood/);
  assert.match(faultOf({ type: 'peer.up', id: 'a' } as never) ?? '', /address/);
});

test.run();
