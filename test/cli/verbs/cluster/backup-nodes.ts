/** Three nodes with real doors, and records in memory behind them: to back up, or restore into. */
import { decodeRecord, recordKey } from '../../../../src/core/data/record.js';
import { visible } from '../../../../src/core/data/visible.js';
import type { BackupPage, Failure } from '../../../../src/core/requests.js';
import type { Ring } from '../../../../src/core/ring/ring.js';
import type { Part } from '../../../../src/core/wire/backup-stream.js';
import type { Backend } from '../../../../src/doors/context.js';
import type { HttpDoor } from '../../../../src/doors/http/server.js';
import type { StoreStatus } from '../../../../src/ports.js';
import { systemClock } from '../../../../src/system.js';
import { memberOf, openDoor, putBehind, ringOf, StubBackend } from '../../../doors/stub-backend.js';
import { freePorts } from '../../../support/processes/ports.js';

export class BackupBackend extends StubBackend {
  readonly #cluster: BackupNodes;
  /** In the order of their keys. */
  rows: readonly Buffer[] = [];
  hints: readonly Buffer[] = [];
  unreadable = 0;
  /** Versions of a later time are none it would believe. */
  latest = systemClock.now() + 1000;
  /** Instead of the end of a part. */
  failures: { readonly [P in Part]?: Failure } = {};

  constructor(cluster: BackupNodes, ring: Ring, self: number) {
    super(ring, self);
    this.#cluster = cluster;
  }

  override readonly backup: Backend['backup'] = (part) => {
    const records = this[part];
    const { clusterId, epoch } = this.current!;
    const unreadable = part === 'rows' ? this.unreadable : 0;
    const of = { part, node: this.id, clusterId, epoch };
    const end = { ...of, records: records.length, unreadable, latest: Math.ceil(this.latest) };
    const pages: BackupPage[] = [{ records }, this.failures[part] ?? end];
    this.#cluster.asked.push(part);
    return { next: (done) => void setImmediate(() => done(pages.shift()!)) };
  };

  override readonly restore: Backend['restore'] = (records, done) => {
    const failed = this.#cluster.failures.shift();
    if (failed) return void setImmediate(done, failed);
    for (const each of records) this.#cluster.restored.set(recordKey(each).toString(), each);
    setImmediate(done, { ok: true, epoch: this.epoch() });
  };

  override readonly list: Backend['list'] = (_, done) => {
    const all = [...this.#cluster.restored.values()].map(decodeRecord);
    const held = all.filter((each) => visible(each, systemClock.now()).absent === undefined);
    const count = held.length + this.#cluster.more;
    const found = { keys: [], count, next: undefined, epoch: 2, reached: 'quorum' };
    setImmediate(done, { ok: true, ...found });
  };

  override renewEpoch(above = 0): number | string {
    this.#cluster.adopt({ ...this.current!, epoch: above + 1 });
    return super.renewEpoch(above);
  }

  override status(store?: StoreStatus): object {
    return { ...super.status(store), epoch: this.epoch() };
  }

  override storeStatus(done: Parameters<Backend['storeStatus']>[0]): void {
    done({ rows: this.#cluster.restored.size, bytes: 0, walBytes: 0, readOnly: false });
  }
}

export class BackupNodes {
  backends: readonly BackupBackend[] = [];
  /** Parts, in the order in which they were asked for. */
  asked: Part[] = [];
  restored = new Map<string, Buffer>();
  /** Of the batches that come, instead of what is done. */
  failures: (Failure | undefined)[] = [];
  /** So many more values are there when they are counted, or fewer. */
  more = 0;
  #port = 0;
  #doors: HttpDoor[] = [];

  async open(): Promise<void> {
    this.#port = await freePorts(3);
    await this.renew();
  }

  /** As at first: all answer, and hold nothing. */
  async renew(): Promise<void> {
    const members = [0, 1, 2].map((index) => memberOf(index + 1, this.#port + index));
    const ring = ringOf(members, 5);
    this.backends = [1, 2, 3].map((n) => new BackupBackend(this, ring, n));
    [this.asked, this.restored, this.failures, this.more] = [[], new Map(), [], 0];
    for (const [index, backend] of this.backends.entries()) {
      const door = this.#doors[index];
      if (door) putBehind(door, backend);
      else this.#doors[index] = (await openDoor(backend, this.#port + index)).door;
    }
  }

  get addresses(): string[] {
    return this.backends[0]!.current!.members.map(({ address }) => address);
  }

  adopt(ring: Ring): void {
    for (const backend of this.backends) backend.current = ring;
  }

  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.drain()));
  }

  /** This node does not answer any more. */
  async stop(index: number): Promise<void> {
    await this.#doors[index]!.drain();
    delete this.#doors[index];
  }
}
