/** What the verbs about keys have in common. */
import { Option } from 'commander';
import { seconds, time } from '../readers.js';

export const KEY = { form: '<key>', help: '1 to 1,024 bytes of UTF-8' } as const;

export const READ_LEVELS = ['one', 'quorum', 'all', 'linearizable'] as const;
export const WRITE_LEVELS = [...READ_LEVELS, 'any'] as const;

export function consistency(levels: readonly string[]): Option {
  const option = new Option('-c, --consistency <level>', 'how many owners must answer');
  return option.choices(levels);
}

export const TIMEOUT = new Option(
  '-t, --timeout <time>',
  'how long it may take at the node: 500ms, 5s',
).argParser(time);
export const EXPLAIN = new Option('--explain', 'show what happened, as a waterfall');
export const TTL = new Option('--ttl <time>', 'how long the value lives: 90s, 5m, 12h').argParser(
  seconds,
);
export const IF_MATCH = new Option(
  '--if-match <etag>',
  'only if the key holds this version; * for any value',
);
export const IF_NONE_MATCH = new Option('--if-none-match <*>', 'only if the key holds no value');
export const IDEMPOTENCY_KEY = new Option(
  '--idempotency-key <text>',
  'the name of the write: under the same one it may safely be sent again',
);
