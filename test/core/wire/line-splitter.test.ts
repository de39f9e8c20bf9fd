/** Lines that come in pieces -> the lines, and what is held for them comes out even. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { LineSplitter } from '../../../src/core/wire/line-splitter.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('line splitter');

function split(pieces: readonly string[], maxBytes: number, room = Number.POSITIVE_INFINITY) {
  const lines: string[] = [];
  let held = 0;
  const splitter = new LineSplitter(maxBytes, {
    hold(bytes) {
      if (held + bytes > room) return false;
      held += bytes;
      return true;
    },
    letGo(bytes) {
      held -= bytes;
    },
    line(line) {
      lines.push(typeof line === 'string' ? `(${line})` : line.toString());
      if (typeof line !== 'string') held -= line.length;
    },
  });
  for (const piece of pieces) splitter.take(Buffer.from(piece));
  splitter.end();
  assert.is(held, 0);
  return lines;
}

test('any lines in any pieces -> the lines, those that are too long told of', () => {
  const texts = fc.array(fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\n', ' ')));
  const property = fc.property(texts, fc.array(fc.nat(), { maxLength: 8 }), (lines, cuts) => {
    const text = lines.join('\n');
    const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length];
    places.sort((a, b) => a - b);
    const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
    const expected = lines.length === 0 ? [''] : lines;
    const shown = expected.map((line) => (Buffer.byteLength(line) > 8 ? '(too long)' : line));
    assert.equal(split(pieces, 8), shown);
  });
  fc.assert(property);
});

test('no room for a line -> told of, and the next one has it again', () => {
  assert.equal(split(['abc', 'def\ngh', '\nabcde'], 100, 4), ['(no room)', 'gh', '(no room)']);
});

test.run();
