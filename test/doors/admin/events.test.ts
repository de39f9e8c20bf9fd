/** `/admin/events` at the door: who gets what, by which client, and who is refused. */
import { connect } from 'node:net';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { upgradeToEvents } from '../../../src/doors/admin/events/websocket.js';
import type { EventQuery } from '../../../src/doors/context.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { EVENTS_PATH } from '../../../src/doors/routes.js';
import type { Frame } from '../../../src/events/frame.js';
import { Journal } from '../../../src/events/journal.js';
import { type Sink, type Stream, Subscription } from '../../../src/events/subscription.js';
import { NOTHING_KNOWN } from '../../../src/events/view.js';
import { eventually } from '../../support/eventually.js';
import { codeOf, HttpClient } from '../../support/http/http-client.js';
import { suite } from '../../support/runner/suite.js';
import { memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

const test = suite('events at the door');

/** A node that has a journal, and nothing else. */
class Teller extends StubBackend {
  readonly journal = new Journal({
    node: this.id,
    now: () => 1_700_000_000_000,
    maxBytes: 4 << 20,
    snapshot: () => NOTHING_KNOWN,
  });
  readonly ends: (() => void)[] = [];
  streams = 0;

  override readonly subscribe = (query: EventQuery, sink: Sink, ended: () => void): Stream => {
    const subscription = new Subscription(this.journal, query, sink, {
      now: () => 0,
      onDropped: () => undefined,
    });
    this.ends.push(ended);
    this.streams++;
    const stop = () => {
      subscription.stop();
      this.streams--;
    };
    return { pump: () => subscription.pump(), stop };
  };

  tell(count: number): void {
    for (let i = 0; i < count; i++) this.journal.add({ type: 'ring.refused', reason: `${i}` });
  }
}

let node: Teller;
let door: HttpDoor;
let client: HttpClient;

let followers: Follower[];

test.before(async () => {
  const opened = await openDoor(newNode());
  door = opened.door;
  client = new HttpClient(opened.port);
  door.onUpgrade(EVENTS_PATH, upgradeToEvents, 'clients');
});

test.before.each(() => {
  followers = [];
  putBehind(door, newNode());
});

test.after.each(async () => {
  for (const { socket } of followers) socket.terminate();
  // Who is gone, and not only done with asking, is found out by writing.
  await eventually(() => {
    node.tell(1);
    return node.streams === 0;
  });
});

test.after(async () => {
  client.close();
  await door.drain();
});

function newNode(): Teller {
  node = new Teller(ringOf([memberOf(1)]));
  return node;
}

interface Follower {
  readonly frames: Frame[];
  readonly socket: WebSocket;
}

async function follow(query = '', headers = {}): Promise<Follower> {
  const socket = new WebSocket(`ws://127.0.0.1:${client.port}${EVENTS_PATH}${query}`, { headers });
  const frames: Frame[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  const follower = { frames, socket };
  followers.push(follower);
  await eventually(() => frames.length > 0 || node.streams > 0);
  return follower;
}

const typesOf = (frames: readonly Frame[]) => frames.map(({ type }) => type);

test('a WebSocket -> a snapshot, then each fact as a text frame', async () => {
  const { frames } = await follow();
  node.tell(2);
  await eventually(() => frames.length === 3);
  assert.equal(typesOf(frames), ['snapshot', 'ring.refused', 'ring.refused']);
  assert.is(frames[2]!.node, node.id);
});

test('types and since -> only these, from there on', async () => {
  node.tell(5);
  const since = node.journal.lastSeq - 2;
  const { frames } = await follow(`?types=member.,ring.&since=${since}`);
  await eventually(() => frames.length === 2);
  const other = await follow('?types=member.');
  node.tell(1);
  await eventually(() => frames.length === 3);
  assert.equal(typesOf(other.frames), ['snapshot']);
});

test('types=all -> those of actors, too', async () => {
  const { frames } = await follow('?types=all');
  const other = await follow();
  node.journal.add({ type: 'actor.stopped', actor: 'a', machine: 'm', status: 'done' });
  node.tell(1);
  await eventually(() => frames.length === 3 && other.frames.length === 2);
  assert.equal(typesOf(frames), ['snapshot', 'actor.stopped', 'ring.refused']);
});

test('the same frames as Server-Sent Events, and their numbers as ids', async () => {
  const { frames } = await follow();
  const text = await serverSent('', 3, () => node.tell(2));
  await eventually(() => frames.length === 3);
  const events = text.trimEnd().split('\n\n').map(parseEvent);
  assert.equal(
    events.map(({ data }) => data),
    frames,
  );
  assert.is(events[2]!.id, `${node.journal.lastSeq}`);
});

test('Last-Event-ID -> goes on behind it, as a browser does', async () => {
  node.tell(3);
  const header = `Last-Event-ID: ${node.journal.lastSeq - 2}\r\n`;
  const text = await serverSent(header, 2, () => undefined);
  assert.not.match(text, /snapshot/);
});

/** Reads until so many events have come. */
function serverSent(header: string, events: number, then: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(client.port, '127.0.0.1');
    let text = '';
    let isBegun = false;
    socket.on('error', reject).on('close', () => reject(new Error('it has ended')));
    socket.on('data', (data) => {
      text += data;
      if (!isBegun && text.includes('\r\n\r\n')) {
        isBegun = true;
        then();
      }
      const all = [...text.matchAll(/^(?:id: \d+\n)?data: .*\n\n/gm)].map(([event]) => event);
      if (all.length < events) return;
      socket.destroy();
      assert.match(text, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
      resolve(all.join(''));
    });
    socket.write(`GET ${EVENTS_PATH} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`);
  });
}

function parseEvent(event: string): { id: string | undefined; data: Frame } {
  const [, id, data] = /^(?:id: (\d+)\n)?data: (.*)$/.exec(event)!;
  return { id, data: JSON.parse(data!) };
}

for (const query of [
  '?since=-1',
  '?since=1e5',
  '?since=99999999999999999999',
  '?since=',
  '?types=',
  '?types=member.,',
  '?types=*',
  `?types=${'a,'.repeat(60)}a`,
  '?nodes=some',
  '?nodes=all&nodes=all',
  '?type=member.',
]) {
  test(`${query.slice(0, 30)} -> 400 and a sentence, by either way`, async () => {
    const answer = await client.get(`${EVENTS_PATH}${query}`);
    assert.equal([answer.status, codeOf(answer)], [400, 'bad_request']);
    assert.match(await refused(follow(query)), /400/);
    assert.is(node.streams, 0);
  });
}

test('pages of other sites, and of names that lead here by a trick -> 403', async () => {
  assert.match(await refused(follow('', { Origin: 'http://evil.example' })), /403/);
  assert.match(await refused(follow('', { Host: 'evil.example' })), /403/);
  const own = `127.0.0.1:${client.port}`;
  const { socket } = await follow('', { Origin: `http://${own}`, Host: own });
  assert.is(socket.readyState, WebSocket.OPEN);
});

async function refused(attempt: Promise<Follower>): Promise<string> {
  try {
    await attempt;
    return 'it was not refused';
  } catch (error) {
    return (error as Error).message;
  }
}

test('a client that talks too much -> it is cut off, the others are served', async () => {
  const talker = await follow();
  const { frames } = await follow();
  talker.socket.on('error', () => undefined);
  talker.socket.send('x'.repeat(10_000));
  await eventually(() => node.streams === 1);
  node.tell(1);
  await eventually(() => frames.length === 2);
});

test('never reads while 100,000 facts pass -> not waited for, the others get all', async () => {
  const lazy = await follow();
  lazy.socket.pause();
  const begin = node.journal.lastSeq;
  const { frames } = await follow();
  for (let turn = 1; turn <= 50; turn++) {
    node.tell(2000);
    // Nobody else would lag behind what the journal keeps.
    await eventually(() => frames.length === turn * 2000 + 1);
  }
  const numbers = frames.map((frame) => ('seq' in frame ? frame.seq - begin : -1));
  assert.ok(numbers.every((number, index) => number === index));
  lazy.socket.resume();
  await eventually(() => lazy.frames.at(-1)?.type === 'ring.refused' && lazy.frames.length > 2);
  const dropped = await eventually(() => lazy.frames.find(({ type }) => type === 'dropped'));
  assert.ok('count' in dropped && dropped.count > 50_000, 'what it missed was not held for it');
});

test('the node ends, or the door closes -> the streams end, and say why', async () => {
  const codes: number[] = [];
  const gone = (follower: Follower) => follower.socket.on('close', (code) => codes.push(code));
  gone(await follow());
  node.ends[0]!();
  await eventually(() => codes.length === 1);
  gone(await follow());
  const sent = serverSent('', 99, () => undefined).catch((error: Error) => error.message);
  await eventually(() => node.streams === 2);
  const closed = door.drain();
  await eventually(() => codes.length === 2 && node.streams === 0);
  assert.equal(codes, [1001, 1001]);
  await Promise.all([closed, sent]);
});

test.run();
