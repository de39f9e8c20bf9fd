/** `quorate put <key> [value]`: stores an argument, a file, or standard input. */
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { Option } from 'commander';
import { CommandFailed } from '../../client/failures.js';
import type { WriteOptions } from '../../client/keys.js';
import { isPiped } from '../../terminal/input.js';
import type { Verb } from '../verb.js';
import {
  consistency,
  EXPLAIN,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  IF_NONE_MATCH,
  KEY,
  TIMEOUT,
  TTL,
  WRITE_LEVELS,
} from './options.js';
import { write } from './written.js';

interface PutOptions extends WriteOptions {
  readonly file?: string;
  readonly contentType?: string;
  readonly ttl?: number;
}

const TEXT = 'text/plain; charset=utf-8';
const BYTES = 'application/octet-stream';
const HOW = 'a value, --file, or - for standard input';

export const put: Verb<PutOptions> = {
  name: 'put',
  group: 'Keys',
  summary: 'store a value',
  more:
    'The value is the argument, a file, or what is piped in. Without --content-type it is ' +
    'text/plain if it is UTF-8, else application/octet-stream.',
  words: [KEY, { form: '[value]', help: `the value itself; - reads standard input` }],
  options: [
    new Option('-f, --file <path>', 'the file that holds the value'),
    new Option('--content-type <type>', 'comes back with the value'),
    TTL,
    IF_MATCH,
    IF_NONE_MATCH,
    consistency(WRITE_LEVELS),
    TIMEOUT,
    EXPLAIN,
    IDEMPOTENCY_KEY,
  ],
  examples: [
    ['put greeting hello', 'stores five bytes'],
    ['put logo --file logo.png --content-type image/png', 'stores a file'],
    ['put session 42 --ttl 30m', 'stores what expires'],
    ["put lock me --if-none-match '*'", 'stores it only if nothing is there; exit code 1 if not'],
  ],
  async run({ words: [key = '', word], options, nodes, output }) {
    const { file, ...others } = options;
    const body = await bytesOf(word, file);
    const contentType = options.contentType ?? (isUtf8(body) ? TEXT : BYTES);
    return write({ nodes, output }, { method: 'PUT', key, ...others, body, contentType }, 'stored');
  },
};

async function bytesOf(word: string | undefined, file: string | undefined): Promise<Buffer> {
  if (word !== undefined && file !== undefined) {
    throw new CommandFailed('usage', `the value is given twice: put takes ${HOW}`);
  }
  if (file !== undefined) return read(file);
  if (word !== undefined && word !== '-') return Buffer.from(word, 'utf8');
  if (word === undefined && !isPiped()) {
    throw new CommandFailed('usage', `there is no value: put takes ${HOW}`);
  }
  return buffer(process.stdin);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandFailed('failed', `${file} cannot be read: ${(error as Error).message}`);
  }
}
