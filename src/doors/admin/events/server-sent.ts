/**
 * `GET /admin/events` without an upgrade: the same frames as Server-Sent Events (WHATWG HTML,
 * section 9.2), which `curl -N` shows and a page's `EventSource` reads.
 */
import type { DoorContext } from '../../context.js';
import type { Exchange } from '../../http/exchange.js';
import { enter } from './limits.js';
import { queryOf } from './query.js';

export function getEvents(exchange: Exchange, { backend, whenClosing }: DoorContext): void {
  const { response } = exchange;
  // A client that was cut off says where it was; that of many nodes has no one place.
  const query = queryOf(exchange.parameters, exchange.header('last-event-id'));
  if (exchange.method === 'HEAD') return exchange.send(200, HEADERS);
  const { leave, isFull } = enter();
  exchange.stream(200, HEADERS);
  const stream = backend.subscribe(
    query,
    {
      isFull: () => isFull(response.writableLength),
      write(text, seq) {
        const id = seq === undefined || query.nodes === 'all' ? '' : `id: ${seq}\n`;
        response.write(`${id}data: ${text}\n\n`);
      },
    },
    () => response.end(),
  );
  const forget = whenClosing(() => response.end());
  response.on('drain', () => stream.pump());
  response.on('close', () => {
    forget();
    leave();
    stream.stop();
  });
}

const HEADERS = ['Content-Type', 'text/event-stream', 'Cache-Control', 'no-store'];
