/** What a write comes to, whichever verb made it. */
import { askForKey, type KeyRequest } from '../../client/keys.js';
import type { ExitName } from '../../exit-codes.js';
import type { Call } from '../verb.js';
import { reportExplained } from './explained.js';

/** `done`: what has become of the key, in a word. */
export async function write(
  { nodes, output }: Pick<Call, 'nodes' | 'output'>,
  request: KeyRequest,
  done: string,
): Promise<ExitName | undefined> {
  const answer = await askForKey(nodes, request);
  if (request.explain) return reportExplained(nodes, output, answer);
  const { etag = '', ...others } = answer.headers;
  const reached = String(others['x-quorate-consistency'] ?? '');
  const ttl = others['x-quorate-ttl'];
  const { key } = request;
  const lives = ttl === undefined ? '' : `, lives ${ttl} s`;
  output.report({
    json: { key, etag, reached, ...(ttl !== undefined && { ttl: Number(ttl) }) },
    table: () => [[{ text: done, style: 'green' }, ` ${key} at ${reached}: ${etag}${lives}`]],
    value: () => etag,
  });
  return undefined;
}
