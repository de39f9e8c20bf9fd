/** `/put`, `/get?key=` and `/delete?key=`: the answers name the key and say how it went. */
import type { DoorContext } from '../context.js';
import type { Exchange } from '../http/exchange.js';
import { keyParameter } from '../http/key-parameter.js';
import type { Rows } from '../rows.js';
import { find, removeIfThere, sendJson, store, takePair } from './pairs.js';

export const WITH_STATUS: Rows = {
  '/put': {
    POST(exchange, context) {
      takePair(exchange, context, (pair) => {
        store(exchange, context, pair, () => sendSuccess(exchange, pair.key));
      });
    },
  },
  '/get': {
    GET(exchange, context) {
      const key = keyParameter(exchange);
      find(exchange, context, key, (found) => {
        if (!found) return sendFailed(exchange, key);
        sendJson(exchange, 200, { key: key.toString('utf8'), value: found.text });
      });
    },
  },
  '/delete': {
    DELETE: (exchange, context) => deleteKey(exchange, context, keyParameter(exchange)),
  },
};

/** Also of a key that stands in the path. */
export function deleteKey(exchange: Exchange, context: DoorContext, key: Buffer): void {
  removeIfThere(exchange, context, key, (wasThere) => {
    if (wasThere) sendSuccess(exchange, key);
    else sendFailed(exchange, key);
  });
}

function sendSuccess(exchange: Exchange, key: Buffer): void {
  sendJson(exchange, 200, { status: 'Success', key: key.toString('utf8') });
}

function sendFailed(exchange: Exchange, key: Buffer): void {
  sendJson(exchange, 404, { status: 'Failed', key: key.toString('utf8') });
}
