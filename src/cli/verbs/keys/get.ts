/** `quorate get <key>`: the value as it is, or what is known of it. */
import { isUtf8 } from 'node:buffer';
import { Option } from 'commander';
import { bytesText } from '../../../words/figures.js';
import { MOST_HEX_BYTES, shown } from '../../../words/value.js';
import { askForKey, type KeyOptions } from '../../client/keys.js';
import type { Answered } from '../../client/nodes.js';
import type { Line, Output } from '../../terminal/output.js';
import type { Verb } from '../verb.js';
import { reportExplained } from './explained.js';
import { consistency, EXPLAIN, KEY, READ_LEVELS, TIMEOUT } from './options.js';

interface GetOptions extends KeyOptions {
  readonly raw?: true;
}

export const get: Verb<GetOptions> = {
  name: 'get',
  group: 'Keys',
  summary: 'print a value',
  more:
    'The value comes byte for byte, unless a terminal would show it: there what is no text comes ' +
    'as hexadecimal digits. -o table and -o json tell its ETag, type and time to live as well.',
  words: [KEY],
  options: [
    consistency(READ_LEVELS),
    TIMEOUT,
    EXPLAIN,
    new Option('--raw', 'byte for byte, to a terminal too'),
  ],
  examples: [
    ['get greeting', 'prints it'],
    ['get greeting --explain', 'shows which owners were asked, and what they said'],
    ['get logo -o value > logo.png', 'keeps a binary value'],
  ],
  async run({ words: [key = ''], options, nodes, output }) {
    const answer = await askForKey(nodes, { method: 'GET', key, ...options });
    if (options.explain) return reportExplained(nodes, output, answer);
    if (output.asked === 'json') output.json(asJson(key, answer));
    else if (output.asked === 'table') output.lines(asTable(output, key, answer));
    else print(output, answer.body, options);
    return undefined;
  },
};

function print(output: Output, body: Buffer, { raw }: GetOptions): void {
  if (raw || !output.isTerminal) return output.bytes(body);
  output.lines(readable(output, body));
}

/** For eyes: text as it is, bytes as digits. */
function readable(output: Output, body: Buffer): Line[] {
  const value = shown(body);
  const text = value.as === 'bytes' ? value.text : body.toString('utf8').replace(/\n$/, '');
  if (value.as === 'bytes') {
    const part = value.isCut ? ` (the first ${bytesText(MOST_HEX_BYTES)} are shown)` : '';
    output.note(`${bytesText(body.length)} that are no text${part}; --raw prints them as they are`);
  }
  return text.split('\n').map((line) => line.split('\t').flatMap(tabbed));
}

/** Tabs are the one control character that texts have within a line; as spaces they do no harm. */
function tabbed(part: string, index: number): string[] {
  return index === 0 ? [part] : ['    ', part];
}

/** What an answer says of the value beside the value. */
function factsOf({ headers, body }: Answered) {
  const ttl = headers['x-quorate-ttl'];
  return {
    etag: headers.etag,
    contentType: headers['content-type'],
    bytes: body.length,
    ...(ttl !== undefined && { ttl: Number(ttl) }),
    reached: headers['x-quorate-consistency'],
  };
}

function asJson(key: string, answer: Answered): object {
  const { body } = answer;
  const value = isUtf8(body)
    ? { value: body.toString('utf8') }
    : { base64: body.toString('base64') };
  return { key, ...factsOf(answer), ...value };
}

function asTable(output: Output, key: string, answer: Answered): Line[] {
  const { etag, contentType, bytes, ttl, reached } = factsOf(answer);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['key', key],
    ['etag', etag],
    ['type', contentType],
    ['size', bytesText(bytes)],
    ['lives', ttl === undefined ? 'for ever' : `${ttl} s more`],
    ['level', reached as string | undefined],
  ];
  const facts = rows.map(
    ([name, text = '']): Line => [{ text: name.padEnd(7), style: 'dim' }, text],
  );
  return [...facts, [], ...readable(output, answer.body)];
}
