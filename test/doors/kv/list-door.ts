/** The door of `/kv` with some keys behind it, in memory. */
import { inOrder } from '../../../src/core/data/key-range.js';
import { failure, preconditionFailed } from '../../../src/core/failures.js';
import type { Failure, ListedKey, ListRequest, WriteRequest } from '../../../src/core/requests.js';
import type { Backend } from '../../../src/doors/context.js';
import type { HttpDoor } from '../../../src/doors/http/server.js';
import { HttpClient } from '../../support/http/http-client.js';
import { NEW, recordOf } from '../key-door.js';
import { explained, memberOf, openDoor, putBehind, ringOf, StubBackend } from '../stub-backend.js';

/** So many it finds at most in the time that it has for one page. */
export const PER_PAGE = 3;

class ListBackend extends StubBackend {
  readonly values = new Map<string, string | Buffer>();
  readonly lists: ListRequest[] = [];
  readonly writes: WriteRequest[] = [];
  /** Instead of the list of this number, from 0. */
  failures: { readonly [list: number]: Failure } = {};
  /** Keys that are not to be written. */
  readonly stuck = new Set<string>();
  stuckBy = failure('read_only', 'the disk is full', 'no');
  perPage = PER_PAGE;
  /** Of all keys. */
  expiresAt = 0;
  /** Called with the number of each list as it is asked for. */
  onList = (_list: number) => {};
  onWrite = (_key: string) => {};

  constructor() {
    super(ringOf([memberOf(1)]));
  }

  override readonly list: Backend['list'] = (request, done) => {
    const failed = this.failures[this.lists.length];
    this.onList(this.lists.push(request) - 1);
    if (failed) return void setImmediate(done, failed);
    const { range, reverse, limit, isCount, withValues } = request;
    const all = [...this.values.keys()]
      .map((name) => Buffer.from(name))
      .filter((key) => key.compare(range.from) >= 0 && (!range.to || key.compare(range.to) < 0))
      .sort((a, b) => inOrder(a, b, reverse));
    const page = all.slice(0, isCount ? this.perPage : Math.min(limit, this.perPage));
    const next = page.length < all.length ? page.at(-1) : undefined;
    const keys = isCount ? [] : page.map((key) => this.#listed(key, withValues));
    const told = request.explain && { explanation: explained('everybody') };
    const found = { keys, count: page.length, next, epoch: 2, reached: 'quorum', ...told };
    setImmediate(done, { ok: true, ...found });
  };

  #listed(key: Buffer, withValues: boolean): ListedKey {
    const value = Buffer.from(this.values.get(key.toString()) as string);
    const record = withValues && { record: recordOf({ value }) };
    return { key, version: NEW, expiresAt: this.expiresAt, valueBytes: value.length, ...record };
  }

  override readonly write: Backend['write'] = (request, done) => {
    this.writes.push(request);
    const name = request.key.toString();
    this.onWrite(name);
    if (this.stuck.has(name)) {
      return void setImmediate(done, this.stuckBy);
    }
    if (request.condition && this.values.has(name)) {
      return void setImmediate(done, preconditionFailed(NEW, 'no'));
    }
    if (request.value === undefined) this.values.delete(name);
    else this.values.set(name, request.value);
    setImmediate(done, { ok: true, version: NEW, epoch: 2, reached: 'quorum' });
  };
}

export class ListDoor {
  backend = new ListBackend();
  client!: HttpClient;
  port = 0;
  #door!: HttpDoor;

  async open(): Promise<void> {
    const { door, port } = await openDoor(this.backend);
    this.#door = door;
    this.port = port;
    this.client = new HttpClient(port);
  }

  renew(...names: string[]): void {
    this.backend = new ListBackend();
    for (const name of names) this.backend.values.set(name, `value of ${name}`);
    putBehind(this.#door, this.backend);
  }

  /** What is held for clients, bytes. */
  get held(): number {
    return this.#door.held.held;
  }

  /** Ends what is under way, and takes nothing new. */
  drain(): Promise<void> {
    return this.#door.drain();
  }

  async close(): Promise<void> {
    this.client.close();
    await this.drain();
  }
}
