/** `quorate touch <key> --ttl <time>`: the value lives for so long from now. */

import { CommandFailed } from '../../client/failures.js';
import type { KeyOptions } from '../../client/keys.js';
import type { Verb } from '../verb.js';
import { consistency, EXPLAIN, IF_MATCH, KEY, TIMEOUT, TTL } from './options.js';
import { write } from './written.js';

interface TouchOptions extends KeyOptions {
  readonly ttl?: number;
  readonly ifMatch?: string;
}

export const touch: Verb<TouchOptions> = {
  name: 'touch',
  group: 'Keys',
  summary: 'give a value a new time to live',
  more: 'The value stays as it is. It is always linearizable: no write of others is undone.',
  words: [KEY],
  options: [TTL, IF_MATCH, consistency(['quorum', 'linearizable']), TIMEOUT, EXPLAIN],
  examples: [['touch session --ttl 30m', 'it lives for half an hour from now']],
  async run({ words: [key = ''], options, nodes, output }) {
    if (options.ttl === undefined) throw new CommandFailed('usage', 'touch needs --ttl');
    return write({ nodes, output }, { method: 'POST', key, ...options }, 'touched');
  },
};
