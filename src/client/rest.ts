/**
 * An operation by REST, for nodes whose `/client` cannot be had: an older one, or a proxy that
 * takes no upgrades. It goes as a batch of one line, in which every key can be spelled. There is no
 * checksum on that way.
 */
import { contentChecksum } from '../core/data/content-checksum.js';
import { formatVersion, parseVersion, type Version } from '../core/data/version.js';
import type { Answer, Operation } from './operation.js';

interface Line {
  readonly status: number;
  readonly etag?: string;
  readonly value?: string;
  readonly base64?: string;
  readonly contentType?: string;
  readonly ttl?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly applied?: 'no' | 'unknown';
  readonly needed?: number;
  readonly got?: number;
  readonly current?: string;
}

/** A node is given a moment longer, so that it is the one to say how it went. */
const LATE_MS = 200;

/**
 * Rejects if no answer came, with a `TimeoutError` if it did not in time: what has become of the
 * operation is unknown.
 */
export async function askByRest(
  address: string,
  operation: Operation,
  timeoutMs: number,
): Promise<Answer> {
  const query = `timeout=${timeoutMs}&${levelOf(operation)}`;
  const answer = await fetch(`http://${address}/kv/batch?${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${JSON.stringify(lineOf(operation))}\n`,
    signal: AbortSignal.timeout(timeoutMs + LATE_MS),
  });
  const line = JSON.parse((await answer.text()).trim()) as Line;
  return answerOf(line, operation.wanted.key);
}

function levelOf({ wanted: { level, kind } }: Operation): string {
  if (typeof level === 'string') return `consistency=${level}`;
  return `${kind === 'get' ? 'r' : 'w'}=${level}`;
}

function lineOf({ wanted }: Operation): object {
  const { kind: op, key, value, contentType, ttl, condition, id: idempotencyKey } = wanted;
  const line = { op, key: key.toString('utf8') };
  if (op === 'get') return line;
  const isMatch = condition?.kind === 'matches';
  const tags = isMatch ? tagsOf(condition.versions) : '*';
  return {
    ...line,
    ...(op === 'put' && { base64: value.toString('base64'), contentType }),
    ...(ttl > 0 && { ttl }),
    ...(condition && { [condition.kind === 'absent' ? 'ifNoneMatch' : 'ifMatch']: tags }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** One that nothing has, if there is none. */
function tagsOf(versions: readonly Version[]): string {
  return versions.map((each) => `"${formatVersion(each)}"`).join(', ') || '"none"';
}

function answerOf(line: Line, key: Buffer): Answer {
  const { status, code, ttl, contentType = '' } = line;
  const call = 0;
  if (status === 200) {
    const value = Buffer.from(line.base64 ?? line.value ?? '', line.base64 ? 'base64' : 'utf8');
    const version = versionOf(line);
    return {
      type: 'client.value',
      ...{ call, version, reached: '', ttl, contentType, value },
      checksum: contentChecksum(key, contentType, value),
    };
  }
  if (status === 204)
    return { type: 'client.written', call, version: versionOf(line), reached: '' };
  if (code === 'not_found') return { type: 'client.absent', call, reached: '' };
  const { detail = '', applied = '', needed, got, current = '' } = line;
  if (code === undefined) throw new Error('what answers is no node');
  return {
    type: 'client.failed',
    ...{ call, code, status, detail, applied, needed, got, current, retryAfterMs: 0 },
  };
}

function versionOf({ etag = '' }: Line): Version {
  const version = parseVersion(etag.replaceAll('"', ''));
  if (!version) throw new Error('an ETag that is none');
  return version;
}
