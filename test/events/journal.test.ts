/** The flight recorder: numbers, bounds, where a stream goes on and where a recording begins. */
import * as assert from 'uvu/assert';
import type { Frame } from '../../src/events/frame.js';
import { type Entry, Journal } from '../../src/events/journal.js';
import { NOTHING_KNOWN } from '../../src/events/view.js';
import { suite } from '../support/runner/suite.js';

const test = suite('journal');
const START_MS = 1_700_000_000_000;
const NODE = 'a'.repeat(16);

function start(maxBytes = 1 << 20) {
  let now = START_MS;
  let state = 0;
  const journal = new Journal({
    node: NODE,
    now: () => now,
    maxBytes,
    snapshot: () => ({ ...NOTHING_KNOWN, state: `${state}` }),
  });
  const tell = (count = 1) => {
    for (let i = 0; i < count; i++) journal.add({ type: 'node.changed', state: `${++state}` });
  };
  return { journal, tell, pass: (ms: number) => (now += ms), first: journal.lastSeq + 1 };
}

const statesIn = (entries: readonly Entry[] | undefined) =>
  entries?.map(({ text }) => {
    const frame = JSON.parse(text) as Extract<Frame, { type: 'node.changed' | 'snapshot' }>;
    return frame.type === 'snapshot' ? `(${frame.view.state})` : frame.state;
  });

test('a fact -> one line with number, wall clock and node, for the journal and who watches', () => {
  const { journal, tell, pass, first } = start();
  const heard: Entry[] = [];
  const stop = journal.watch((entry) => heard.push(entry));
  pass(5);
  tell();
  stop();
  tell();
  assert.equal(
    heard.map(({ text }) => JSON.parse(text)),
    [{ type: 'node.changed', state: '1', seq: first, at: START_MS + 5, node: NODE }],
  );
  assert.is(journal.lastSeq, first + 1);
});

test('a time of its own in a fact -> the frame has the wall clock', () => {
  const { journal, first } = start();
  journal.add({ type: 'self.left', at: 12 });
  const [entry] = journal.after(first - 1)!;
  assert.is(JSON.parse(entry!.text).at, START_MS);
});

test('behind a fact -> what came after it, in its order, no more bytes than asked for', () => {
  const { journal, tell, first } = start();
  tell(5);
  assert.equal(statesIn(journal.after(first + 1)), ['3', '4', '5']);
  assert.equal(statesIn(journal.after(first + 4)), []);
  assert.equal(statesIn(journal.after(first + 1, 1)), ['3'], 'one at least');
  assert.equal(statesIn(journal.begin()), ['(5)']);
});

test('a number of another life, or from before what is kept -> undefined', () => {
  const { journal, tell, first } = start();
  tell(2);
  assert.is(journal.after(first + 2), undefined, 'not there yet');
  assert.is(journal.after(first - 2), undefined);
  assert.equal(statesIn(journal.after(first - 1)), ['1', '2']);
});

test('more than fits -> the oldest go; never more bytes than it may have', () => {
  const { journal, tell, first } = start(10_000);
  tell(5000);
  const kept = statesIn(journal.after(journal.lastSeq - 20))!;
  assert.is(kept.length, 20);
  assert.is(journal.after(first - 1), undefined);
  let oldest = journal.lastSeq;
  while (journal.after(oldest - 1)) oldest--;
  const bytes = journal.after(oldest)!.reduce((sum, { text }) => sum + text.length, 0);
  assert.ok(bytes > 5000 && bytes <= 10_000, `${bytes} bytes`);
});

test('a node that is started again later -> numbers above all it had', () => {
  const before = start();
  before.tell(1000);
  const now = START_MS + 1000;
  const after = new Journal({
    node: NODE,
    now: () => now,
    maxBytes: 1,
    snapshot: () => NOTHING_KNOWN,
  });
  assert.ok(after.lastSeq > before.journal.lastSeq);
});

test('a recording -> from the last key frame before that time', () => {
  const { journal, tell, pass } = start();
  tell();
  assert.equal(journal.recording(0), [], 'a fold has nowhere to begin');
  journal.addKeyFrame();
  pass(60_000);
  tell();
  journal.addKeyFrame();
  pass(60_000);
  tell();
  assert.equal(statesIn(journal.recording(START_MS + 90_000)), ['(2)', '3']);
  assert.equal(statesIn(journal.recording(START_MS + 30_000)), ['(1)', '2', '(2)', '3']);
  assert.equal(statesIn(journal.recording(0)), ['(1)', '2', '(2)', '3']);
  assert.equal(statesIn(journal.after(journal.lastSeq - 2)), ['2', '3'], 'streams see none');
});

test.run();
