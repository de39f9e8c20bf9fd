/** `WS /admin/events`: a text frame for each event. What a client sends is read and ignored. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { present } from '../../../core/assert.js';
import type { Stream } from '../../../events/subscription.js';
import type { DoorContext, EventQuery } from '../../context.js';
import { Problem } from '../../http/problem.js';
import { enter } from './limits.js';
import { queryOf } from './query.js';

/** Nobody has anything to say here that is longer. */
const MAX_HEARD_BYTES = 1024;
/** A client that answers no ping until the next one is gone. */
const PING_MS = 30_000;
/** The node behind the door goes: try again, here or elsewhere (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  maxPayload: MAX_HEARD_BYTES,
});

export function upgradeToEvents(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  context: DoorContext | undefined,
): void {
  if (!context) throw new Problem('not_ready', 'this node is starting');
  const { searchParams } = new URL(present(request.url, 'the target of a request'), 'http://host');
  const query = queryOf(searchParams);
  const { leave, isFull } = enter();
  socket.once('close', leave);
  server.handleUpgrade(request, socket, head, (webSocket) => feed(webSocket, query, context));

  function feed(
    webSocket: WebSocket,
    wanted: EventQuery,
    { backend, clock, whenClosing }: DoorContext,
  ) {
    let stream: Stream | undefined;
    let isAlive = true;
    let timer: unknown;
    const isFilled = () => isFull(webSocket.bufferedAmount);
    const end = () => webSocket.close(GOING_AWAY);
    const forget = whenClosing(end);
    webSocket.on('close', () => {
      forget();
      clock.clearTimeout(timer);
      stream?.stop();
    });
    webSocket.on('error', () => webSocket.terminate());
    webSocket.on('pong', () => {
      isAlive = true;
    });
    const ping = () => {
      if (!isAlive) return webSocket.terminate();
      isAlive = false;
      webSocket.ping();
      timer = clock.setTimeout(ping, PING_MS);
    };
    timer = clock.setTimeout(ping, PING_MS);
    const sink = {
      isFull: isFilled,
      write: (text: string) => webSocket.send(text, () => isFilled() || stream?.pump()),
    };
    stream = backend.subscribe(wanted, sink, end);
  }
}
