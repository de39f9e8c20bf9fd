/**
 * The floor under what this store can do: node:http, ws between three processes with what a turn
 * says in one frame, a thread with SQLite and group commit; every node holds every key, a write is
 * acknowledged by two, a read compares two. No ring, no epochs, no membership, no repair, no hints,
 * no limits, no checksums, no clock that can be trusted: nothing to run.
 *
 * `node node.js <data folder> <index> <port> <port> <port>`
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import { ANSWER, GET, type Item, itemsOf, LOOK, NOTHING, PUT, packed } from './frame.js';

const [dataDir, index, ...ports] = process.argv.slice(2) as [string, string, ...string[]];
const self = Number(index);
const others = [0, 1, 2].filter((node) => node !== self);
const worker = new Worker(new URL('./store.js', import.meta.url), {
  workerData: join(dataDir, 'floor.db'),
});

const sockets = new Map<number, WebSocket>();
/** What this turn says to each node, itself included. */
const outboxes = new Map<number, Buffer[]>();
/** Frames for the store that came while it was busy, and those it is busy with: whose they are. */
let inbox: { from: number; frame: ArrayBuffer }[] = [];
let serving: number[] = [];

const waiting = new Map<number, (answer: Item) => void>();
let lastId = 0;
let lastVersion = 0;
let nextPeer = 0;

function say(to: number, bytes: Buffer): void {
  const outbox = outboxes.get(to);
  if (outbox) {
    outbox.push(bytes);
    return;
  }
  if (outboxes.size === 0) setImmediate(flush);
  outboxes.set(to, [bytes]);
}

function flush(): void {
  const all = [...outboxes];
  outboxes.clear();
  for (const [to, parts] of all) {
    const frame = Buffer.concat(parts);
    if (to === self) take(self, frame);
    else sockets.get(to)!.send(frame);
  }
}

/** Answers go to who waits for them; questions to the store. */
function take(from: number, frame: Buffer): void {
  const questions: Buffer[] = [];
  for (const item of itemsOf(frame)) {
    if (item.kind !== ANSWER) questions.push(packed(item));
    else waiting.get(item.id)?.(item);
  }
  if (questions.length === 0) return;
  const bytes = new Uint8Array(Buffer.concat(questions));
  inbox.push({ from, frame: bytes.buffer });
  if (serving.length === 0) serve();
}

function serve(): void {
  serving = inbox.map(({ from }) => from);
  const frames = inbox.map(({ frame }) => frame);
  inbox = [];
  if (frames.length > 0) worker.postMessage(frames, frames);
}

worker.on('message', (answers: Uint8Array[]) => {
  const sources = serving;
  serve();
  for (const [at, answer] of answers.entries()) {
    const frame = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength);
    if (sources[at] === self) take(self, frame);
    else say(sources[at]!, frame);
  }
});

function ask(
  nodes: readonly number[],
  item: Omit<Item, 'id'>,
  hear: (answer: Item) => void,
): number {
  lastId = (lastId + 1) >>> 0;
  const id = lastId;
  waiting.set(id, hear);
  const bytes = packed({ id, ...item });
  for (const node of nodes) say(node, bytes);
  return id;
}

function put(key: Buffer, value: Buffer, response: ServerResponse): void {
  lastVersion = Math.max(lastVersion + 4, Date.now() * 4096 + self);
  const version = lastVersion;
  let answers = 0;
  const id = ask([self, ...others], { kind: PUT, version, key, value }, () => {
    if (++answers === 2) response.writeHead(204, { ETag: `"${version}"` }).end();
    if (answers === 3) waiting.delete(id);
  });
}

function get(key: Buffer, response: ServerResponse): void {
  const peer = others[nextPeer++ & 1]!;
  const answers = new Map<number, Item>();
  const one = (node: number, kind: number, hear: () => void) => {
    const id = ask([node], { kind, version: 0, key, value: NOTHING }, (answer) => {
      waiting.delete(id);
      answers.set(node, { ...answer, value: Buffer.from(answer.value) });
      hear();
    });
  };
  const end = ({ version, value }: Item) => {
    const headers = { 'Content-Length': value.length, ETag: `"${version}"` };
    response.writeHead(version === 0 ? 404 : 200, headers).end(value);
  };
  const compare = () => {
    if (answers.size < 2) return;
    const [mine, theirs] = [answers.get(self)!, answers.get(peer)!];
    if (theirs.version > mine.version) one(peer, GET, () => end(answers.get(peer)!));
    else end(mine);
  };
  one(self, GET, compare);
  one(peer, LOOK, compare);
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const key = Buffer.from(request.url!.slice('/kv/'.length));
  if (request.method === 'GET') {
    get(key, response);
    return;
  }
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => put(key, Buffer.concat(parts), response));
});

function meet(node: number, socket: WebSocket): void {
  sockets.set(node, socket);
  socket.on('message', (frame: Buffer) => take(node, frame));
  if (sockets.size === others.length) console.log('ready');
}

new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket, { url }) => {
  meet(Number(url!.slice(1)), socket);
});
server.keepAliveTimeout = 0;
server.listen(Number(ports[self]), '127.0.0.1');

/** The later nodes dial the earlier ones. */
function dial(node: number): void {
  const socket = new WebSocket(`ws://127.0.0.1:${ports[node]}/${self}`);
  socket.on('open', () => meet(node, socket));
  socket.on('error', () => setTimeout(dial, 50, node));
}
for (const node of others) if (node < self) dial(node);
