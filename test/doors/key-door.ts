/** The door of `/kv` with a backend behind it that notes what it is asked, and answers as told. */
import type { OutgoingHttpHeaders } from 'node:http';
import * as assert from 'uvu/assert';
import type { DataRecord } from '../../src/core/data/record.js';
import { formatVersion, type Version } from '../../src/core/data/version.js';
import type {
  Failure,
  Found,
  ReadRequest,
  WriteRequest,
  Written,
} from '../../src/core/requests.js';
import type { Backend } from '../../src/doors/context.js';
import type { HttpDoor } from '../../src/doors/http/server.js';
import type { Clock } from '../../src/ports.js';
import { type Answer, codeOf, HttpClient } from '../support/http/http-client.js';
import { idOf, memberOf, openDoor, putBehind, ringOf, StubBackend } from './stub-backend.js';

export const OLD: Version = { epoch: 1, time: 0x1234, node: idOf(1) };
export const NEW: Version = { epoch: 2, time: 0xabcdef, node: idOf(0xf) };
export const [OLD_ETAG, NEW_ETAG] = [`"${formatVersion(OLD)}"`, `"${formatVersion(NEW)}"`];
export const SECRET = 'the value itself';
export const WRITES = ['PUT', 'DELETE'] as const;
export const FOUND = { ok: true, epoch: 2, reached: 'quorum' } as const;
export const RING = ringOf([memberOf(1)]);

export class KeyBackend extends StubBackend {
  readonly writes: WriteRequest[] = [];
  readonly reads: ReadRequest[] = [];
  written: Written | Failure = { ok: true, version: NEW, epoch: 2, reached: 'quorum' };
  found: Found | Failure = { ...FOUND, record: recordOf({}) };

  override readonly write: Backend['write'] = (request, done) => {
    this.writes.push(request);
    done(this.written);
  };

  override readonly read: Backend['read'] = (request, done) => {
    this.reads.push(request);
    done(this.found);
  };
}

export function recordOf(fields: Partial<DataRecord>): DataRecord {
  const value = Buffer.from(SECRET);
  const rest = { tombstone: false, expiresAt: 0, contentType: 'text/plain', value };
  return { key: Buffer.from('k'), version: NEW, ...rest, ...fields };
}

export class KeyDoor {
  backend = new KeyBackend(RING);
  client!: HttpClient;
  #door!: HttpDoor;

  async open(): Promise<void> {
    const { door, port } = await openDoor(this.backend);
    this.#door = door;
    this.client = new HttpClient(port);
  }

  /** Nothing was asked yet. */
  renew(clock?: Clock): void {
    this.backend = new KeyBackend(RING);
    putBehind(this.#door, this.backend, clock);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.#door.drain();
  }

  write(method: 'PUT' | 'DELETE', headers: OutgoingHttpHeaders, query = ''): Promise<Answer> {
    const body = method === 'PUT' ? { body: SECRET } : {};
    return this.client.send(method, `/kv/k${query}`, { headers, ...body });
  }

  /** Refused with one short sentence, and nobody behind the door heard of it. */
  assertRefused(answer: Answer): void {
    assert.is(answer.status, 400, answer.text);
    assert.is(answer.headers['content-type'], 'application/problem+json');
    assert.is(codeOf(answer), 'bad_request', answer.text);
    assert.ok(answer.text.length < 1000, 'what was sent is not sent back');
    assert.not.match(answer.text, /\n\s+at /);
    assert.equal([this.backend.writes, this.backend.reads], [[], []]);
  }
}
