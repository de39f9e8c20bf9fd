/** `/s/key`: JSON in, `OK` or JSON out. */
import { wallTimeOf } from '../../core/data/hybrid-clock.js';
import { originOf } from '../../core/data/record.js';
import { keyParameter } from '../http/key-parameter.js';
import type { Rows } from '../rows.js';
import { find, notFound, remove, sendJson, store, takePair } from './pairs.js';

export const S_KEY: Rows = {
  '/s/key': {
    GET(exchange, context) {
      const key = keyParameter(exchange);
      find(exchange, context, key, (found) => {
        if (!found) return exchange.problem(notFound());
        const { text: value, record } = found;
        const timestamp = wallTimeOf(originOf(record).time);
        sendJson(exchange, 200, { key: key.toString('utf8'), value, timestamp });
      });
    },
    POST(exchange, context) {
      takePair(exchange, context, (pair) => {
        store(exchange, context, pair, () => exchange.text(200, 'OK'));
      });
    },
    DELETE(exchange, context) {
      remove(exchange, context, keyParameter(exchange), () => exchange.text(200, 'OK'));
    },
  },
};
