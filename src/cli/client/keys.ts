/**
 * Requests for a key. A write gets a name (`Idempotency-Key`), so that it may go to another node
 * when nobody knows what the first has made of it.
 */
import { validateHeaderValue } from 'node:http';
import { systemRandom } from '../../system.js';
import { CommandFailed } from './failures.js';
import { type Answered, checkDone, type Nodes } from './nodes.js';

/** Of all requests, as the command line has them. */
export interface KeyOptions {
  readonly consistency?: string;
  /** ms */
  readonly timeout?: number;
  readonly explain?: true;
}

export interface WriteOptions extends KeyOptions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly idempotencyKey?: string;
}

export interface KeyRequest extends WriteOptions {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly key: string;
  /** Seconds. */
  readonly ttl?: number;
  readonly contentType?: string;
  readonly body?: Uint8Array;
}

/** A node answers within its own deadline, and gets so much longer for that. */
const LATER_MS = 3000;
/** At which a write may have a name. */
const NAMED_LEVELS: readonly string[] = ['quorum', 'all', 'linearizable'];

/** Throws `CommandFailed` if it has not been done. */
export async function askForKey(nodes: Nodes, request: KeyRequest): Promise<Answered> {
  const { method, consistency, timeout, ttl, body, contentType, ifMatch, ifNoneMatch } = request;
  const query = new URLSearchParams();
  if (consistency !== undefined) query.set('consistency', consistency);
  if (timeout !== undefined) query.set('timeout', String(timeout));
  if (ttl !== undefined) query.set('ttl', String(ttl));
  if (request.explain) query.set('explain', '1');
  const name = nameOf(request);
  const headers = {
    ...(contentType !== undefined && { 'Content-Type': contentType }),
    ...(ifMatch !== undefined && { 'If-Match': quoted(ifMatch) }),
    ...(ifNoneMatch !== undefined && { 'If-None-Match': quoted(ifNoneMatch) }),
    ...(name !== undefined && { 'Idempotency-Key': JSON.stringify(name) }),
  };
  checkHeaders(headers);
  const target = `/kv/${encodeURIComponent(request.key)}${query.size > 0 ? `?${query}` : ''}`;
  // A touch is a condition on what it finds by itself; by that of a client it would fail of itself.
  const mayRepeat = method === 'GET' || name !== undefined || (method === 'POST' && !ifMatch);
  const withinMs = timeout === undefined ? undefined : timeout + LATER_MS;
  try {
    const answer = await nodes.ask({
      ...{ method, target, headers, mayRepeat },
      ...(withinMs !== undefined && { withinMs }),
      ...(body !== undefined && { body }),
    });
    const isNamedByUser = request.idempotencyKey !== undefined;
    checkDone({ ...answer, mayBeMade: answer.mayBeMade || isNamedByUser });
    return answer;
  } catch (error) {
    throw withName(error, name);
  }
}

function nameOf({ method, consistency, idempotencyKey }: KeyRequest): string | undefined {
  if (idempotencyKey !== undefined) return idempotencyKey;
  const mayBeNamed = consistency === undefined || NAMED_LEVELS.includes(consistency);
  const isNamed = (method === 'PUT' || method === 'DELETE') && mayBeNamed;
  return isNamed ? systemRandom.hex(32) : undefined;
}

/** What cannot be sent is a mistake of whoever typed it. */
function checkHeaders(headers: { readonly [name: string]: string }): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderValue(name, value);
    } catch {
      throw new CommandFailed('usage', `${name} has characters that HTTP does not allow`);
    }
  }
}

/** ETags stand in quotes, which a shell has taken off. */
function quoted(etag: string): string {
  return etag === '*' || etag.includes('"') ? etag : `"${etag}"`;
}

/** Of a write that may have been made: how to send it again. */
function withName(error: unknown, name: string | undefined): unknown {
  if (!(error instanceof CommandFailed) || error.exit !== 'unknown' || !name) return error;
  const how = `To send it again safely: --idempotency-key ${name}`;
  return new CommandFailed('unknown', `${error.message}\n${how}`, error.problem);
}
