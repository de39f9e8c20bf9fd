/** When a node says that partitions lost their quorum, and that they have it again. */
import * as assert from 'uvu/assert';
import type { FactOf } from '../../../src/events/facts.js';
import { suite } from '../../support/runner/suite.js';
import { diskIn, idOf, OneNode, ringOf } from '../one-node.js';

const test = suite('quorum watch');
const MEETING_MS = 2000;

type Told = FactOf<'quorum.lost'> | FactOf<'quorum.regained'>;

/** A node that serves among b and c, with four more if `more`, when all have had time to meet. */
function serving(...others: string[]): OneNode {
  const it = new OneNode({ disk: diskIn(ringOf(1, 'a', ...others)), evictAfterMs: 0 });
  it.pass(10).connect(...others);
  return it.pass(MEETING_MS + 2000);
}

function toldBy({ facts }: OneNode): Told[] {
  return facts.filter((fact): fact is Told => fact.type.startsWith('quorum.'));
}

test('a quorum is lost, by more and more, and regained -> told with numbers, once each', () => {
  const it = serving('b', 'c', 'd', 'e');
  assert.is(it.state, 'serving');
  it.disconnect('b').pass(10);
  assert.equal(toldBy(it), [], 'two of three owners are left of each');
  it.disconnect('c').pass(10);
  const [lost] = toldBy(it) as [FactOf<'quorum.lost'>];
  const { withoutQuorum } = it.node.verdict();
  assert.is(lost.partitions, withoutQuorum.write);
  assert.ok(lost.partitions > 0);
  assert.is(lost.first.length, lost.partitions);
  assert.equal(lost.away, [idOf('b'), idOf('c')]);

  it.disconnect('d').disconnect('e').pass(10);
  const [, more] = toldBy(it) as [Told, FactOf<'quorum.lost'>];
  assert.is(more.type, 'quorum.lost');
  assert.is(more.partitions, 8);
  assert.is(more.away.length, 4);

  it.connect('b', 'c', 'd', 'e').pass(10);
  const regained = { type: 'quorum.regained', partitions: 8, forMs: 20 };
  assert.equal(toldBy(it).slice(2), [regained]);
  it.pass(1000);
  assert.is(toldBy(it).length, 3);
});

test('all peers of a turn go -> one look: one fact', () => {
  const it = serving('b', 'c', 'd', 'e');
  it.disconnect('b').disconnect('c').disconnect('d').disconnect('e').pass(10);
  assert.is(toldBy(it).length, 1);
});

test('a node begins to serve before it is connected -> not told, unless it stays so', () => {
  const disk = () => diskIn(ringOf(1, 'a', 'b', 'c', 'd', 'e'));
  const meeting = new OneNode({ disk: disk(), evictAfterMs: 0 }).pass(10).connect('b');
  meeting.pass(1000);
  assert.is(meeting.state, 'reaching');
  assert.is(meeting.node.verdict().state, 'unavailable');
  meeting.connect('c', 'd', 'e').pass(10_000);
  assert.equal(toldBy(meeting), []);

  const alone = new OneNode({ disk: disk(), evictAfterMs: 0 }).pass(10).connect('b').pass(30_000);
  assert.equal(
    toldBy(alone).map(({ type }) => type),
    ['quorum.lost'],
  );
});

test('the node stops, and its peers with it -> nothing is told', async () => {
  const it = serving('b', 'c');
  const stopped = it.node.stop();
  it.disconnect('b').disconnect('c').pass(5000);
  await stopped;
  assert.equal(toldBy(it), []);
});

test('a member is away -> the verdict says for how long', () => {
  const it = serving('b', 'c');
  it.disconnect('b').pass(3000);
  it.disconnect('c').pass(500).connect('c').pass(500);
  const { state, away, sentence } = it.node.verdict();
  assert.is(state, 'degraded');
  assert.equal(away, [{ id: idOf('b'), address: 'b:1', forMs: 4000 }]);
  assert.match(sentence, 'node b:1 has been away for 4 s; 8 of 8 partitions have 2 of 3 copies');
  it.connect('b').pass(10);
  assert.is(it.node.verdict().state, 'healthy');
});

test('the disk of the node is full -> the verdict says so', () => {
  const disk = diskIn(ringOf(1, 'a', 'b', 'c'));
  const it = new OneNode({ disk, evictAfterMs: 0 }).pass(10).connect('b', 'c').pass(4000);
  disk.room = 'none';
  it.write();
  assert.equal(it.node.verdict().full, [idOf('a')]);
  assert.is(it.node.verdict().state, 'degraded');
});

test.run();
