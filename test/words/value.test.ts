import * as assert from 'uvu/assert';
import { shown } from '../../src/words/value.js';
import { suite } from '../support/runner/suite.js';

const test = suite('values on the page');
const bytes = (text: string) => new TextEncoder().encode(text);

test('text -> as it is', () => {
  assert.equal(shown(bytes('héllo\n')), { as: 'text', text: 'héllo\n', isCut: false });
});

test('JSON -> laid out; what only begins like it -> text', () => {
  assert.is(shown(bytes('{"a":[1]}')).text, '{\n  "a": [\n    1\n  ]\n}');
  assert.is(shown(bytes('{"a":[1]}')).as, 'JSON');
  assert.is(shown(bytes('{oops')).as, 'text');
});

test('anything else -> its bytes, and whether there are more', () => {
  const all = shown(Uint8Array.from({ length: 9000 }, (_, index) => index % 256));
  assert.is(all.as, 'bytes');
  assert.is(all.isCut, true);
  assert.is(shown(new Uint8Array(4096)).isCut, false);
  assert.is(all.text.split('\n').length, 256);
  assert.is(
    shown(bytes('ab\0')).text,
    `0000  61 62 00${' '.repeat(39)}  ab.`,
    'control characters are no text',
  );
});

test('a long text -> its beginning, and that there is more', () => {
  const { text, isCut } = shown(bytes('x'.repeat(200_001)));
  assert.equal([text.length, isCut], [200_000, true]);
});

test.run();
