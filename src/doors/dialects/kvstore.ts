/** `/kvstore` and `/list-nodes`: status codes for answers, and who is in the cluster as text. */
import { keyParameter } from '../http/key-parameter.js';
import { Problem } from '../http/problem.js';
import type { Rows } from '../rows.js';
import { find, notFound, remove, sendJson, store, takePair } from './pairs.js';

const put: Rows[string][string] = (exchange, context) => {
  takePair(exchange, context, (pair) => {
    store(exchange, context, pair, () => exchange.send(201, []));
  });
};

export const KVSTORE: Rows = {
  '/kvstore': {
    GET(exchange, context) {
      const key = keyParameter(exchange);
      find(exchange, context, key, (found) => {
        if (!found) return exchange.problem(notFound());
        sendJson(exchange, 200, { key: key.toString('utf8'), value: found.text });
      });
    },
    POST: put,
    PUT: put,
    DELETE(exchange, context) {
      remove(exchange, context, keyParameter(exchange), () => exchange.send(204, []));
    },
  },
  '/list-nodes': {
    GET(exchange, { backend }) {
      exchange.allowParameters();
      const ring = backend.ring();
      if (!ring) throw new Problem('not_ready', 'this node knows no ring yet');
      exchange.text(200, ring.members.map(({ address }) => `node: ${address}\n`).join(''));
    },
  },
};
