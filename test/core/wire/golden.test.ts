/**
 * The bytes of every message are those that other builds write: `golden-bytes.txt` was made once,
 * and a line of it is only ever added.
 */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { Reader, Writer } from '../../../src/core/codec.js';
import { type Message, readMessage, writeMessage } from '../../../src/core/wire/messages.js';
import { SAMPLES } from '../../support/data/message-samples.js';
import { suite } from '../../support/runner/suite.js';

const test = suite('golden bytes');

/** `type hex`, in the order of the samples. */
const GOLDEN = readFileSync('test/core/wire/golden-bytes.txt', 'utf8').trimEnd().split('\n');

function lines(): string[] {
  return Object.entries(SAMPLES).flatMap(([type, samples]) =>
    samples.map((fields) => {
      const writer = new Writer();
      writeMessage(writer, { type, ...fields } as Message);
      return `${type} ${writer.finish().toString('hex')}`;
    }),
  );
}

test('every message -> the bytes it has always had', () => {
  assert.ok(GOLDEN.length > 40, `${GOLDEN.length} lines`);
  assert.equal(lines(), GOLDEN);
});

test('the bytes -> the messages', () => {
  const read = GOLDEN.map((line) => {
    const reader = new Reader(Buffer.from(line.split(' ')[1] ?? '', 'hex'));
    const message = readMessage(reader);
    assert.ok(reader.done, line);
    return message;
  });
  const written = Object.entries(SAMPLES).flatMap(([type, samples]) =>
    samples.map((fields) => ({ type, ...fields })),
  );
  assert.equal(read as object[], written);
});

test.run();
