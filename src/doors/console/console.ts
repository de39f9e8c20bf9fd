/**
 * `GET /`: the console, one page that the node itself serves. It was built and packed before
 * (`src/console/build/main.ts`); here it is only sent.
 */
import { parseEtags } from '../http/etag.js';
import type { Exchange } from '../http/exchange.js';
import { Problem } from '../http/problem.js';
import { consoleFile, consoleHeaders } from './files.js';

export const CONSOLE_PREFIX = '/console/';

export function getConsole(exchange: Exchange): void {
  exchange.allowParameters();
  sendFile(exchange, 'page.html');
}

/** What the page is made of; names of anything else are refused. */
export function serveConsoleFile(exchange: Exchange): void {
  exchange.allowParameters();
  sendFile(exchange, exchange.path.slice(CONSOLE_PREFIX.length));
}

function sendFile(exchange: Exchange, name: string): void {
  const file = consoleFile(name);
  if (!file) {
    const detail =
      name === 'page.html'
        ? 'the console was not built; `npm run build` does that'
        : `there is nothing at ${exchange.path.slice(0, 200)}`;
    throw new Problem('route_unknown', detail);
  }
  const headers = [...consoleHeaders(file), 'ETag', `"${file.tag}"`, 'Vary', 'Accept-Encoding'];
  const known = exchange.header('if-none-match');
  const tags = known === undefined ? [] : (parseEtags(known) ?? []);
  if (tags.some(({ opaque }) => opaque === file.tag)) return exchange.send(304, headers);
  const accepted = exchange.header('accept-encoding') ?? '';
  const coding = (['br', 'gzip'] as const).find((each) =>
    new RegExp(`\\b${each}\\b`).test(accepted),
  );
  if (!coding) return exchange.send(200, headers, file.bytes);
  exchange.send(200, [...headers, 'Content-Encoding', coding], file.packed[coding]);
}
