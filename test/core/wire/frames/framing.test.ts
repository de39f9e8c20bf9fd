/** Frames, cut and gathered: no sockets, no time. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { MalformedFrame } from '../../../../src/core/codec.js';
import { FrameCutter, FrameGatherer } from '../../../../src/core/wire/frames/framing.js';
import { type Message, readMessage, writeMessage } from '../../../../src/core/wire/messages.js';
import { messages } from '../../../support/data/message-arbitraries.js';
import { suite } from '../../../support/runner/suite.js';

const test = suite('framing');

function frameOf(batch: readonly Message[]): Buffer {
  const gatherer = new FrameGatherer(writeMessage);
  for (const message of batch) gatherer.add(message);
  assert.is(gatherer.bytes === 0, batch.length === 0);
  const frame = Buffer.from(gatherer.take());
  assert.is(gatherer.bytes, 0);
  return frame;
}

function allOf(cutter: FrameCutter<Message>): Message[] {
  const cut: Message[] = [];
  for (let next = cutter.next(); next; next = cutter.next()) cut.push(next);
  return cut;
}

test('any messages in any frames -> the same messages in the same order', () => {
  const batches = fc.array(fc.array(messages, { minLength: 1, maxLength: 3 }), { maxLength: 4 });
  fc.assert(
    fc.property(batches, (frames) => {
      const cutter = new FrameCutter(readMessage);
      const encoded = frames.map(frameOf);
      for (const frame of encoded) cutter.push(frame, 0);
      assert.is(
        cutter.bytes,
        encoded.reduce((sum, { length }) => sum + length, 0),
      );
      assert.is(cutter.isEmpty, frames.length === 0);
      const cut = allOf(cutter);
      assert.equal(frameOf(cut), Buffer.concat(encoded));
      assert.is(cut.length, frames.flat().length);
      assert.ok(cutter.isEmpty);
      assert.is(cutter.bytes, 0);
    }),
    { numRuns: 30 },
  );
});

const GOODBYE: Message = { type: 'goodbye', reason: 'leaving', level: 0 };

test('a frame that is cut in part -> counts until its end; what comes behind it waits', () => {
  const cutter = new FrameCutter(readMessage);
  const frame = frameOf([GOODBYE, GOODBYE]);
  cutter.push(frame, 10);
  cutter.push(frame, 20);
  assert.is(cutter.next()?.type, 'goodbye');
  assert.is(cutter.arrivedAt, 10);
  assert.is(cutter.bytes, 2 * frame.length);
  cutter.next();
  cutter.next();
  assert.is(cutter.bytes, frame.length);
  assert.is(cutter.arrivedAt, 20);
  assert.not(cutter.isEmpty);
});

test('a malformed frame -> what stands before the fault, then an error', () => {
  const cutter = new FrameCutter(readMessage);
  cutter.push(Buffer.concat([frameOf([GOODBYE]), Buffer.from([0xff])]), 0);
  assert.is(cutter.next()?.type, 'goodbye');
  assert.throws(
    () => cutter.next(),
    (error: unknown) => error instanceof MalformedFrame,
  );
});

test('what is forgotten -> is not cut any more', () => {
  const cutter = new FrameCutter(readMessage);
  cutter.push(frameOf([GOODBYE, GOODBYE]), 0);
  cutter.next();
  cutter.clear();
  assert.is(cutter.next(), undefined);
  assert.is(cutter.bytes, 0);
});

test.run();
