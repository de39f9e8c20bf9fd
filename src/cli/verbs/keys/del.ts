/** `quorate del <key>`: whether or not there was a value, there is none afterwards. */
import type { WriteOptions } from '../../client/keys.js';
import type { Verb } from '../verb.js';
import {
  consistency,
  EXPLAIN,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  KEY,
  TIMEOUT,
  WRITE_LEVELS,
} from './options.js';
import { write } from './written.js';

export const del: Verb<WriteOptions> = {
  name: 'del',
  group: 'Keys',
  summary: 'delete a value',
  more: 'It is done as well if there was none; --if-match makes it a condition.',
  words: [KEY],
  options: [IF_MATCH, consistency(WRITE_LEVELS), TIMEOUT, EXPLAIN, IDEMPOTENCY_KEY],
  examples: [
    ['del greeting', 'deletes it, if it is there'],
    ["del greeting --if-match '*'", 'exit code 1 if nothing is there'],
  ],
  run({ words: [key = ''], options, nodes, output }) {
    return write({ nodes, output }, { method: 'DELETE', key, ...options }, 'deleted');
  },
};
