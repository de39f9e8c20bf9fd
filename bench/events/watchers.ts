/** Watches nodes until it is killed: `node watchers.js <name in WATCHINGS> <port> …`. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { EVENTS_PATH } from '../../src/doors/routes.js';
import { HttpClient } from '../../test/support/http/http-client.js';
import { WATCHINGS } from './watching.js';

const [name, ...ports] = process.argv.slice(2);
const watching = WATCHINGS[name ?? ''];
if (!watching || ports.length === 0) throw new Error(`no such watching: ${process.argv.slice(2)}`);
const { subscribers, scrapeEveryMs } = watching;

async function subscribe(query: string): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${ports[0]}${EVENTS_PATH}${query}`);
  // The first frame is there: from now on it costs what it costs.
  await once(socket, 'message');
  socket.on('message', () => undefined);
}

const clients = ports.map((port) => new HttpClient(Number(port)));

async function scrape(): Promise<void> {
  for (const answer of await Promise.all(clients.map((client) => client.get('/metrics')))) {
    if (answer.status !== 200) throw new Error(answer.text);
  }
}

if (subscribers) {
  const { count, query } = subscribers;
  await Promise.all(Array.from({ length: count }, () => subscribe(query)));
}
if (scrapeEveryMs) {
  await scrape();
  setInterval(scrape, scrapeEveryMs);
}
// Holds the process.
setInterval(() => undefined, 1 << 30);
console.log('ready');
