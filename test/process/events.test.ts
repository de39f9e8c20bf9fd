/**
 * The event stream of three real nodes, as one who knows nothing else follows it: how a node dies
 * and returns, how one joins and leaves; and that nothing is lost by whoever is cut off.
 */
import { gunzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import type { Frame } from '../../src/events/frame.js';
import { NOBODY, reduce } from '../../src/events/reduce.js';
import { comparable } from '../support/comparable-view.js';
import { missing, obstacle } from '../support/data/obstacle.js';
import { textFor, writeKeys } from '../support/load/key-set.js';
import { idAt } from '../support/processes/changes.js';
import { Child } from '../support/processes/child.js';
import {
  EventStream,
  type FrameOf,
  factsOf,
  ResumingStream,
} from '../support/processes/event-stream.js';
import type { NodeProcess } from '../support/processes/node-process.js';
import { ProcessCluster } from '../support/processes/process-cluster.js';
import { suite } from '../support/runner/suite.js';

const SECRET = 'the secret of these nodes';
/** Slow enough that what moves is seen on the way. */
const FLAGS = ['--transfer-mib-per-second', '1', '--cluster-secret', SECRET];
const KEYS = 1500;
const VALUE_BYTES = 1000;

const test = suite('events of real nodes', { limitMs: 120_000 });
let cluster: ProcessCluster;
let first: NodeProcess;
let second: NodeProcess;
let third: NodeProcess;
/** Follows all members by the first, from the beginning to the end. */
let story: EventStream;
/** Follows the first alone, and is cut off again and again. */
let resuming: ResumingStream;
const ids = new Map<NodeProcess, string>();

test.before(async () => {
  cluster = await ProcessCluster.start(3, FLAGS);
  [first, second, third] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
  const ring = (await first.ring())!;
  for (const node of cluster.nodes) ids.set(node, idAt(ring, node)!);
  story = await EventStream.open(first, '?nodes=all');
  const { seq } = await story.told('snapshot', idOf(first));
  resuming = new ResumingStream(first, seq);
  for (const node of [second, third]) await story.told('snapshot', idOf(node));
  await writeKeys(cluster.clients, 'key', KEYS, VALUE_BYTES);
});

test.before.each(() => {
  story.turnPage();
});

test.after(async () => {
  await resuming?.end(0);
  await story?.cut();
  await cluster?.close();
});

const idOf = (node: NodeProcess) => ids.get(node)!;
const seqsOf = (...frames: { seq: number }[]) => frames.map(({ seq }) => seq);
const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

/** They were told in this order, by one node. */
function assertOrder(...frames: { seq: number; type: string }[]): void {
  assert.equal(seqsOf(...frames), sorted(seqsOf(...frames)), frames.map(({ type }) => type).join());
}

/** Without a node that is gone, or with one more. */
function ringTold(node: NodeProcess, is: 'in transition' | 'stable', members: number) {
  return story.find('ring.changed', idOf(node), ({ ring }: FrameOf<'ring.changed'>) => {
    const { transition, members: present } = ring;
    if (is === 'stable') return !transition && present.length === members;
    return transition?.members.length === members;
  });
}

interface RecordingFile {
  readonly format: string;
  readonly away: readonly object[];
  readonly frames: readonly Frame[];
}

async function recordingOf({ client }: NodeProcess, query: string) {
  const packed = { 'Accept-Encoding': 'gzip' };
  const answer = await client.get(`/admin/recording?${query}`, packed);
  assert.equal([answer.status, answer.headers['content-encoding']], [200, 'gzip']);
  const text = gunzipSync(answer.body).toString();
  return { text, ...(JSON.parse(text) as RecordingFile) };
}

test('a node dies and returns -> suspect, dead, hints; then alive, drained', async () => {
  const [teller, gone] = [idOf(first), idOf(third)];
  // What it has been sent before, and has not acknowledged, would be kept for it, too.
  const lasts = cluster.clients.map((client) => client.put('/kv/last?consistency=all', 'of all'));
  for (const { status } of await Promise.all(lasts)) assert.is(status, 204);
  await third.kill();
  const down = await story.told('peer.down', teller, { id: gone });
  await story.told('away', gone);
  const suspect = await story.told('member.suspect', teller, { id: gone });
  const dead = await story.told('member.dead', teller, { id: gone });
  await story.told('member.dead', idOf(second), { id: gone });
  assertOrder(down, suspect, dead);
  const missed = await writeKeys([first.client], 'missed', 50);
  const kept = await story.told('hint.kept', teller, { target: gone });

  await third.start();
  await story.told('gap', gone);
  const { view } = await story.told('snapshot', gone);
  assert.is(view.address, third.address);
  const up = await story.told('peer.up', teller, { id: gone });
  const alive = await story.told('member.alive', teller, { id: gone });
  const drained = await story.told('hint.drained', teller, { target: gone });
  assertOrder(dead, up, alive);
  assertOrder(kept, drained);
  assert.is(drained.records + drained.dropped, missed.length);
  const types = story.facts(teller).map(({ type }) => type);
  assert.not.ok(types.includes('quorum.lost'), 'two of three are a quorum');
});

test('two die and return -> quorum lost, with their names; regained', async () => {
  const gone = [second, third].map(idOf);
  await Promise.all([second.kill(), third.kill()]);
  const lost = await story.find('quorum.lost', idOf(first), ({ away }) => away.length === 2);
  assert.is(lost.partitions, 256);
  assert.equal([...lost.away].sort(), gone.toSorted());
  for (const id of gone) await story.told('away', id);
  await Promise.all([second.start(), third.start()]);
  const regained = await story.told('quorum.regained', idOf(first));
  assertOrder(lost, regained);
  assert.ok(regained.forMs >= regained.at - lost.at - 1000);
  for (const id of gone) await story.told('snapshot', id);
});

test('a node joins -> transition, its transfer, the new ring, what is left over', async () => {
  await cluster.add();
  const fourth = cluster.nodes[3]!;
  const up = await story.find('peer.up', idOf(first), ({ address }) => address === fourth.address);
  ids.set(fourth, up.id);
  const moving = await ringTold(first, 'in transition', 4);
  const progress = await story.told('transfer.progress', up.id);
  const done = await story.told('transfer.done', up.id);
  assertOrder(progress, done);
  assert.ok(progress.total > 0 && progress.done <= progress.total);
  const stable = await ringTold(first, 'stable', 4);
  for (const node of cluster.nodes) await ringTold(node, 'stable', 4);
  const collected = await story.told('partition.collected', idOf(first));
  assertOrder(up, moving, stable, collected);
  assert.equal(stable.ring.members.map(({ id }) => id).sort(), cluster.nodes.map(idOf).sort());
});

test('a node leaves -> it says so, others take over, the ring without it', async () => {
  const [teller, leaver] = [idOf(first), cluster.nodes.pop()!];
  const own = await EventStream.open(leaver);
  assert.is((await leaver.client.send('POST', '/admin/leave')).status, 202);
  await story.told('node.leaving', idOf(leaver));
  const moving = await ringTold(first, 'in transition', 3);
  const done = await story.told('transfer.done', teller);
  const stable = await ringTold(first, 'stable', 3);
  const left = await story.told('member.left', teller, { id: idOf(leaver) });
  assertOrder(moving, done, stable);
  assert.ok(left.seq > moving.seq);
  assertOrder(
    await own.told('node.leaving', idOf(leaver)),
    await own.told('ring.left', idOf(leaver)),
    await own.told('node.left', idOf(leaver)),
  );
  await leaver.child.exited;
  await leaver.close();
});

const SOME = 40;
const NODES_OWN =
  'const s = new WebSocket(process.argv[1]); s.onmessage = ({ data }) => console.log(data);';

/** A frame of each line that one of these clients prints; `curl` shows the ids, too. */
const framesIn = ({ stdout }: Child): Frame[] =>
  [...stdout.matchAll(/^(?:data: )?(\{.*\})$/gm)].map(([, text]) => JSON.parse(text!));

for (const [name, why, start] of [
  ['curl -N', missing('curl'), (url: string) => new Child('curl', ['-sN', url])],
  [
    'Node’s own WebSocket',
    obstacle(process.execPath, ['--experimental-websocket', '-e', 'WebSocket']),
    (url: string) =>
      new Child(process.execPath, [
        ...['--experimental-websocket', '-e', NODES_OWN],
        url.replace('http:', 'ws:'),
      ]),
  ],
] as const) {
  const title = `${name} -> the same frames as any WebSocket client`;
  if (why) test.skip(title, why);
  else {
    test(title, async () => {
      const since = factsOf(story.frames, idOf(first)).at(-SOME)!.seq;
      const query = `?types=all&since=${since}`;
      const child = start(`http://${first.address}/admin/events${query}`);
      const stream = await EventStream.open(first, query);
      await stream.count(SOME);
      await child.said(new RegExp(`(\\{.*\\}\\s[^{]*){${SOME}}`));
      await stream.cut();
      child.signal('SIGKILL');
      assert.equal(framesIn(child).slice(0, SOME), stream.frames.slice(0, SOME));
    });
  }
}

test('a recording of all -> its fold is what each says of itself; no values', async () => {
  const value = 'what nobody else may read';
  assert.is((await second.client.put('/kv/private', value)).status, 204);
  const says = await Promise.all(
    cluster.nodes.map(async (node) => {
      const stream = await EventStream.open(node);
      const snapshot = await stream.told('snapshot', idOf(node));
      await stream.cut();
      return snapshot;
    }),
  );
  const { text, format, away, frames } = await recordingOf(first, 'minutes=5&nodes=all');
  assert.equal([format, away], ['quorate-recording', []]);
  for (const { node, seq, view } of says) {
    const until = frames.filter((frame) => 'seq' in frame && frame.seq <= seq);
    assert.ok(factsOf(until, node).length > 50);
    const told = until.reduce(reduce, NOBODY).nodes[node]!;
    assert.equal(comparable(told), comparable(view));
  }
  for (const hidden of [value, SECRET, textFor('key-1', VALUE_BYTES)]) {
    assert.not.ok(text.includes(hidden), hidden);
  }
});

test('cut off again and again -> nothing missed or twice; a gap behind a restart', async () => {
  const { seq } = factsOf(story.frames, idOf(first)).at(-1)!;
  await resuming.end(seq);
  const [begin] = story.frames as [FrameOf<'snapshot'>];
  const numbers = factsOf(resuming.frames, idOf(first)).map((fact) => fact.seq);
  const expected = numbers.map((_, index) => begin.seq + 1 + index);
  assert.equal(numbers, expected);
  assert.ok(resuming.connections > 10 && numbers.at(-1)! >= seq);
  const own = new Map(factsOf(resuming.frames, idOf(first)).map((fact) => [fact.seq, fact]));
  for (const fact of factsOf(story.frames, idOf(first))) {
    if (fact.seq <= seq) assert.equal(own.get(fact.seq), fact);
  }

  assert.is((await first.stop()).code, 0, first.output);
  await first.start();
  const after = await EventStream.open(first, `?since=${numbers.at(-1)}`);
  await after.count(2);
  const [gap, snapshot] = after.frames as [FrameOf<'gap'>, FrameOf<'snapshot'>];
  await after.cut();
  assert.equal([gap.type, gap.since, snapshot.type], ['gap', numbers.at(-1), 'snapshot']);
  assert.ok(snapshot.seq > gap.since, 'numbers of another life begin higher');
});

test.run();
