/**
 * Which handler serves which path: one table, but for `/kv/`, below which everything is a key. The
 * only place that knows all the doors; they know `http/`, and `http/` none of them.
 */
import { getLocate, getRing, getStatus } from './admin/admin.js';
import { postBackup, postRestore } from './admin/backup.js';
import { getRecording } from './admin/events/recording.js';
import { getEvents } from './admin/events/server-sent.js';
import { getClusterHealth, getLive, getReady } from './admin/health.js';
import { postEpoch, postLeave, postRemove } from './admin/members.js';
import { getMetrics } from './admin/metrics.js';
import { postScrub } from './admin/scrub.js';
import { CONSOLE_PREFIX, getConsole, serveConsoleFile } from './console/console.js';
import type { DoorContext } from './context.js';
import { DIALECTS } from './dialects/dialects.js';
import { sendOptions } from './http/cors.js';
import type { Exchange } from './http/exchange.js';
import { methodNotAllowed, Problem } from './http/problem.js';
import { READY_PATH } from './http/server.js';
import { KV_METHODS, KV_PREFIX, serveKey } from './kv/kv.js';
import { getList } from './kv/list.js';
import { deletePrefix } from './kv/prefix-delete.js';
import { joinRows, rowAt } from './rows.js';

/** Where a WebSocket is taken as well. */
export const EVENTS_PATH = '/admin/events';

/** What people and their programs ask of a node, beside its keys. */
export const OPERATORS = {
  '/health/live': { GET: getLive },
  [READY_PATH]: { GET: getReady },
  '/health/cluster': { GET: getClusterHealth },
  '/metrics': { GET: getMetrics },
  '/admin/status': { GET: getStatus },
  '/admin/ring': { GET: getRing },
  '/admin/locate': { GET: getLocate },
  [EVENTS_PATH]: { GET: getEvents },
  '/admin/recording': { GET: getRecording },
  '/admin/leave': { POST: postLeave },
  '/admin/epoch': { POST: postEpoch },
  '/admin/scrub': { POST: postScrub },
  '/admin/remove': { POST: postRemove },
  '/admin/backup': { POST: postBackup },
  '/admin/restore': { POST: postRestore },
};
const CONSOLE = { '/': { GET: getConsole }, [CONSOLE_PREFIX]: { GET: serveConsoleFile } };
/** All keys, and those with a prefix. */
export const KEYS = { '/kv': { GET: getList, DELETE: deletePrefix } };
const STORES = joinRows(KEYS, ...DIALECTS);
const ROUTES = joinRows(OPERATORS, CONSOLE, KEYS, ...DIALECTS);

/** Of a request that is about the server, and no path of it. */
function serveAny(exchange: Exchange): void {
  if (exchange.method === 'OPTIONS') return sendOptions(exchange, KV_METHODS);
  throw new Problem('route_unknown', 'only OPTIONS may ask for *');
}

/** Answers a request, now or later; throws a `Problem` where nobody can. */
export function serve(exchange: Exchange, context: DoorContext): void {
  if (exchange.path.startsWith(KV_PREFIX)) return serveKey(exchange, context);
  if (exchange.path === '*') return serveAny(exchange);
  const route = rowAt(ROUTES, exchange.path);
  if (!rowAt(STORES, exchange.path)) exchange.forOperators();
  if (!route) {
    throw new Problem('route_unknown', `there is nothing at ${exchange.path.slice(0, 200)}`);
  }
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  const handler = Object.hasOwn(route, method) ? route[method] : undefined;
  if (handler) return handler(exchange, context);
  const methods = Object.keys(route).flatMap((each) => (each === 'GET' ? ['GET', 'HEAD'] : each));
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') return sendOptions(exchange, allow);
  throw methodNotAllowed(exchange.method, allow);
}
