/**
 * Keeps pages of other sites away: a node on the loopback must not be reached through the browser
 * of whoever looks at them. Clients that are no browsers name no origin, and the host they mean.
 */
import { sharedWith } from './cors.js';
import type { Exchange } from './exchange.js';
import { Problem, quoted } from './problem.js';

const LOOPBACK_ADDRESS = /^(?:127\.\d+\.\d+\.\d+|::1)$/;
const LOOPBACK_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;
const PORT = /:\d+$/;

export function isLoopbackAddress(address: string): boolean {
  return LOOPBACK_ADDRESS.test(address);
}

/** A browser says which site a page is of. `named`: origins that may come in. */
export function checkOrigin(
  exchange: Pick<Exchange, 'header' | 'promise'>,
  named: ReadonlySet<string>,
): void {
  const origin = exchange.header('origin');
  if (origin === undefined) return;
  if (named.has(origin)) return exchange.promise(sharedWith(origin));
  const host = URL.canParse(origin) ? new URL(origin).host : undefined;
  if (host === undefined || host !== exchange.header('host')) throw foreignOrigin();
}

export function foreignOrigin(): Problem {
  return new Problem(
    'origin_refused',
    'requests from pages of other sites are refused, unless --cors-origin names them',
  );
}

/**
 * For a node on the loopback. A site may let its own name lead there (DNS rebinding): then its page
 * and the node are of one origin, and only the name tells. `advertised`: the host by which others
 * know the node, for the sake of proxies that pass it on.
 */
export function checkHost(exchange: Pick<Exchange, 'header'>, advertised: string): void {
  const host = exchange.header('host');
  // Browsers always send it.
  if (host === undefined || LOOPBACK_HOST.test(host)) return;
  if (host.replace(PORT, '').toLowerCase() === advertised.toLowerCase()) return;
  const detail = `a node on loopback is asked for by a loopback name or by ${advertised}, not by`;
  throw new Problem('host_refused', `${detail} ${quoted(host)}`);
}
