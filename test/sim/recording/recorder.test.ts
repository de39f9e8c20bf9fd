/** Recordings of runs: what is in one, and that making it changes nothing. */
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { FACTS } from '../../../src/events/facts.js';
import { STREAM_FRAMES } from '../../../src/events/frame.js';
import type { RecordedFrame } from '../../../src/events/recorded-frame.js';
import { parseRecording } from '../../../src/events/recording.js';
import { NOBODY, reduce } from '../../../src/events/reduce.js';
import { RUN_FRAMES, type RunFrame } from '../../../src/events/run-frame.js';
import { comparable } from '../../support/comparable-view.js';
import { suite } from '../../support/runner/suite.js';
import { drawOptions } from '../options.js';
import { type RunResult, simulate } from '../run.js';
import { Recorder } from './recorder.js';

const test = suite('recordings of runs', { limitMs: 120_000 });

/** Short, with many kinds of faults, on links that lose and double. */
const DRAWN = drawOptions(30);
const network = { ...DRAWN.network, links: 'datagram', loss: 0.02, duplication: 0.02 } as const;
const OPTIONS = { ...DRAWN, network, keys: 5, safetyMs: 30_000 };
const ROWS: { readonly [type: string]: { readonly fields: object } } = {
  ...FACTS,
  ...STREAM_FRAMES,
  ...RUN_FRAMES,
};

interface Recorded {
  readonly recorder: Recorder;
  readonly result: RunResult;
  readonly text: string;
}

async function recorded(maxBytes = 64 << 20): Promise<Recorded> {
  const recorder = new Recorder(maxBytes);
  const result = await simulate(OPTIONS, { keep: 0 }, recorder);
  return { recorder, result, text: recorder.finish() };
}

let run: Recorded;
test.before(async () => {
  run = await recorded();
});

const framesOf = <T extends RunFrame['type']>(type: T) =>
  parseRecording(run.text).frames.filter(
    (frame): frame is Extract<RunFrame, { type: T }> => frame.type === type,
  );

test('a recorded run -> the same run, and the same bytes twice', async () => {
  const plain = await simulate(OPTIONS, { keep: 0 });
  assert.equal(run.result, plain);
  assert.is(plain.violation, undefined);
  const again = await recorded();
  assert.ok(again.text === run.text, 'other bytes');
});

test('folded, without a second snapshot of a process -> how things stand in the end', () => {
  const { frames } = parseRecording(run.text);
  let view = NOBODY;
  for (const frame of frames) {
    const isAnother = frame.type === 'snapshot' && isKnown(frame);
    if (!isAnother) view = reduce(view, frame);
  }
  function isKnown(frame: Extract<RecordedFrame, { type: 'snapshot' }>): boolean {
    return view.nodes[frame.node]?.bootId === frame.view.bootId;
  }
  const views = Object.entries(run.recorder.views);
  assert.ok(views.length > 2);
  for (const [node, now] of views) {
    const [folded, fresh] = [view.nodes[node]!, now].map(comparable);
    assert.ok(isDeepStrictEqual(folded, fresh), node);
  }
});

test('every frame has a row in a table, and its fields; times never go back', () => {
  let last = 0;
  for (const frame of parseRecording(run.text).frames) {
    const row = Object.hasOwn(ROWS, frame.type) ? ROWS[frame.type] : undefined;
    const known = ['type', 'node', 'at', ...('seq' in frame ? ['seq'] : [])];
    const fields = new Set([...known, ...Object.keys(row?.fields ?? {})]);
    assert.equal(Object.keys(frame).sort(), [...fields].sort(), frame.type);
    assert.ok(frame.at >= last, `${frame.type} at ${frame.at}`);
    last = frame.at;
  }
});

test('messages: each that was sent arrives or is lost, where it was sent to', () => {
  const sent = new Map(framesOf('message.sent').map((frame) => [frame.id, frame]));
  const arrived = framesOf('message.arrived');
  const lost = framesOf('message.lost');
  const ended = new Set<number>();
  for (const { id, node, at } of [...arrived, ...lost]) {
    assert.is(sent.get(id)!.to, node);
    assert.ok(sent.get(id)!.at <= at);
    ended.add(id);
  }
  assert.is(arrived.length, run.result.probes['network messages']);
  assert.ok(arrived.length + lost.length > ended.size, 'some are doubled');
  const reasons = new Set(lost.map(({ reason }) => reason));
  assert.ok(reasons.has('the network lost it') && reasons.has('the way is blocked'));
  const open = sent.size - ended.size;
  assert.ok(open < 20, `${open} of ${sent.size} are still on their way`);
  assert.ok([...sent.values()].some(({ message }) => message.startsWith('swim.')));
});

test('faults, processes and requests: all that began, and what ended', () => {
  const { machines } = parseRecording(run.text).head.run!;
  for (const { what, where } of framesOf('fault.began')) {
    for (const name of where) assert.ok(machines[name], `${what} at ${name}`);
  }
  const kinds = Object.keys(run.result.probes).filter((name) => name.startsWith('process '));
  const processes = kinds.reduce((sum, name) => sum + run.result.probes[name]!, 0);
  const ends = framesOf('process.killed').length + framesOf('process.stopped').length;
  assert.is(ends, processes);
  assert.is(framesOf('process.started').length - ends, Object.keys(run.recorder.views).length);
  assert.is(framesOf('fault.began').length, framesOf('fault.ended').length);
  assert.is(framesOf('request.began').length, framesOf('request.ended').length);
  for (const { node, machine } of framesOf('process.started')) {
    assert.ok(machines[machine]!.includes(node));
  }
});

test('no value is in it', () => {
  assert.not.match(run.text, /\bvalue \d/);
  assert.not.match(run.text, Buffer.from('value 1').toString('base64').slice(0, 8));
});

test('more than there is room for -> the oldest are gone, and it says how many', async () => {
  const maxBytes = Math.floor(run.text.length / 2);
  const { text } = await recorded(maxBytes);
  const all = parseRecording(run.text);
  const { head, frames } = parseRecording(text);
  const first = text.indexOf('[\n', text.indexOf('"frames"'));
  assert.ok(text.length - first <= maxBytes + 10, `${text.length - first}`);
  assert.ok(text.length - first > maxBytes / 4);
  assert.is(head.run!.dropped, all.frames.length - frames.length);
  assert.equal(frames.at(-1), all.frames.at(-1));
  const begun = new Set<string>();
  for (const frame of frames) {
    if (frame.type === 'snapshot') begun.add(frame.node);
    if ('seq' in frame) assert.ok(begun.has(frame.node), frame.type);
  }
  assert.ok(begun.size > 2);
});

test('a run that fails -> its last frame is the violation', async () => {
  const recorder = new Recorder(64 << 20);
  const observed = recorder.watch.bind(recorder);
  recorder.watch = (scene) => {
    observed(scene);
    scene.world.scheduler.after(5000, () => scene.world.violate('regular reads', 'broken'));
  };
  const { violation } = await simulate(OPTIONS, { keep: 0 }, recorder);
  const last = parseRecording(recorder.finish()).frames.at(-1) as RunFrame;
  assert.is(violation?.invariant, 'regular reads');
  const { type, invariant, detail } = last as Extract<RunFrame, { type: 'violation' }>;
  assert.equal([type, invariant, detail], ['violation', 'regular reads', 'broken']);
});

test.run();
