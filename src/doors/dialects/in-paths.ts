/**
 * `/get/{key}`, `/set/{key}/{value}`, `/delete/{key}` and `PUT /put`: keys and values in paths.
 *
 * `/get/key={key}` is that store's own way to spell `/get/{key}`: a key that begins with `key=` has
 * its equals sign escaped. The key of `/set` ends at the first slash, its own are written as `%2F`;
 * all behind it is the value.
 */
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { keyInPath } from '../http/key-parameter.js';
import { Problem } from '../http/problem.js';
import type { Rows } from '../rows.js';
import { find, type Pair, sendJson, store, takePair } from './pairs.js';
import { deleteKey } from './with-status.js';

const GET = '/get/';
const SET = '/set/';
const DELETE = '/delete/';
const LITERAL = 'key=';

export const IN_PATHS: Rows = {
  '/put': {
    PUT: (exchange, context) => takePair(exchange, context, (pair) => set(exchange, context, pair)),
  },
  [GET]: {
    GET(exchange, context) {
      exchange.allowParameters();
      const raw = exchange.path.slice(GET.length);
      const key = keyInPath(raw.startsWith(LITERAL) ? raw.slice(LITERAL.length) : raw);
      find(exchange, context, key, (found) => {
        if (found) sendJson(exchange, 200, found.text);
        else exchange.text(404, 'Key not found');
      });
    },
  },
  [SET]: {
    POST(exchange, context) {
      exchange.allowParameters();
      const pair = pairInPath(exchange.path.slice(SET.length));
      exchange.body(context.settings.maxValueBytes, (body) => {
        if (body.length > 0) throw new Problem('bad_request', `${HOW_TO_SET}, and takes no body`);
        set(exchange, context, pair);
      });
    },
  },
  [DELETE]: {
    DELETE(exchange, context) {
      exchange.allowParameters();
      deleteKey(exchange, context, keyInPath(exchange.path.slice(DELETE.length)));
    },
  },
};

const HOW_TO_SET = 'POST /set/{key}/{value} has the value in its path';

function set(exchange: Exchange, context: DoorContext, pair: Pair): void {
  store(exchange, context, pair, () => exchange.text(200, 'Key-Value pair set successfully'));
}

function pairInPath(raw: string): Pair {
  const slash = raw.indexOf('/');
  if (slash < 0) throw new Problem('bad_request', HOW_TO_SET);
  return { key: keyInPath(raw.slice(0, slash)), value: decoded(raw.slice(slash + 1)) };
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    const detail = 'the value is not valid UTF-8 with percent escapes';
    throw new Problem('bad_request', detail);
  }
}
