/**
 * Some nodes that own partitions together: each with a simulated store and the replica that serves
 * it, and between them calls that can be counted, answered otherwise, or cut. Time passes by
 * itself, as fast as there is something to wait for.
 */
import { Reader, Writer } from '../../../src/core/codec.js';
import {
  type EncodedRecord,
  isIntactRecord,
  recordVersion,
} from '../../../src/core/data/record.js';
import { formatVersion, type NodeId, type Version } from '../../../src/core/data/version.js';
import { foundingReplication } from '../../../src/core/ring/replication.js';
import type { Member, Ring } from '../../../src/core/ring/ring.js';
import { treeOfRows } from '../../../src/core/tree/packed-rows.js';
import { type Message, readMessage, writeMessage } from '../../../src/core/wire/messages.js';
import { Throttle } from '../../../src/node/base/throttle.js';
import { Credibility, type CreditOf } from '../../../src/node/replica/credibility.js';
import { HintIntake } from '../../../src/node/replica/hint-intake.js';
import { Reaping } from '../../../src/node/replica/reaping.js';
import { Replica } from '../../../src/node/replica/replica.js';
import type { VersionClock } from '../../../src/node/replica/version-clock.js';
import type { CurrentRing } from '../../../src/node/ring/current-ring.js';
import type { Calls } from '../../../src/node/rpc/calls.js';
import { PartitionSync } from '../../../src/node/stabilizer/partition-sync.js';
import type { BulkWork, Clock, Store, WriteOutcome } from '../../../src/ports.js';
import { SimDisk, SimStore } from '../../sim/disk/store.js';
import { Stream } from '../../sim/world/random.js';
import { Scheduler, type Task } from '../../sim/world/scheduler.js';
import type { Suite } from '../../support/runner/suite.js';

/** Nothing is set to a longer time; it passes at once when there is nothing else to do. */
const IDLE_MS = 60_000;
const DISK = { syncMs: 1, tailChance: 0, tailMs: 0 };
export const BYTES_PER_SECOND = 64 << 20;

/** Runs what is due in the next turn of the event loop, however long until then. */
export function selfDrivenClock(): Clock & { stop(): void } {
  const scheduler = new Scheduler();
  let isDue = false;
  let isStopped = false;
  const drive = () => {
    if (isDue || isStopped) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      if (scheduler.step(scheduler.now + IDLE_MS)) drive();
    });
  };
  return {
    now: () => scheduler.now,
    monotonic: () => scheduler.now,
    setTimeout: (run, ms) => {
      drive();
      return scheduler.after(ms, run);
    },
    clearTimeout: (timer) => {
      if (timer !== undefined) scheduler.cancel(timer as Task);
    },
    stop: () => {
      isStopped = true;
    },
  };
}

export const bulkWork: BulkWork = {
  buildTree: async (rows) => treeOfRows(rows),
  close: async () => undefined,
};

export function member(id: NodeId): Member {
  return { id, address: `${id}:1`, weight: 1, zone: '' };
}

/** What stands in place of a request, if it returns something. */
type Intercept = (to: NodeId, message: Message) => Message | 'lost' | undefined;

export class Owner {
  readonly id: NodeId;
  readonly disk = new SimDisk();
  readonly store: Store;
  readonly rings: { epoch: number; current: Ring };
  readonly replica: Replica;
  readonly reaping: Reaping;
  /** Hints that were in need of a round, and whether there could be one. */
  readonly settled: string[] = [];
  /** Times that most owners hold, however far ahead. */
  readonly believed: number[] = [];
  canSettle = true;
  creditOf: CreditOf = () => 'believed';
  isUp = true;
  /** The cluster's time, as it is seen here. */
  wallMs = 0;
  knowsTime = true;
  /** Its disk is known to be the newest of its identity. */
  isTrusted = true;

  constructor(id: NodeId, ring: Ring, clock: Clock) {
    this.id = id;
    const partitions = ring.layout.length;
    const random = new Stream(1, id);
    this.store = new SimStore({ disk: this.disk, clock, random, partitions, options: DISK });
    this.rings = { epoch: ring.epoch, current: ring };
    this.reaping = new Reaping({
      store: this.store,
      rings: this.rings as unknown as CurrentRing,
      wallMs: () => this.wallMs,
      settings: { hintWindowMs: HINT_WINDOW_MS },
      clock,
    });
    const settle = (key: Buffer) => {
      this.settled.push(key.toString());
      return Promise.resolve(this.canSettle);
    };
    this.replica = new Replica({
      self: id,
      store: this.store,
      clock,
      rings: this.rings as unknown as CurrentRing,
      versionClock: {
        observe: ({ time }: Version) => time < BEYOND_BELIEF,
      } as unknown as VersionClock,
      hintIntake: new HintIntake({
        store: this.store,
        clock,
        settings: { hintBytesPerSecond: BYTES_PER_SECOND },
        creditOf: (key, version) => this.creditOf(key, version),
        settle,
      }),
      settle,
      reaping: this.reaping,
      isTrusted: () => this.isTrusted,
    });
  }

  adopt(ring: Ring): void {
    this.rings.epoch = ring.epoch;
    this.rings.current = ring;
  }

  async put(...records: EncodedRecord[]): Promise<void> {
    const write = (record: EncodedRecord) =>
      new Promise<WriteOutcome>((resolve) => this.store.write(record, resolve));
    await Promise.all(records.map(write));
  }

  /** The version of every intact row, by key. */
  rows(): { [key: string]: string } {
    const intact = this.disk.records().filter(isIntactRecord);
    return Object.fromEntries(
      intact.map((record) => [
        record.subarray(48 + record[41]!, 48 + record[41]! + record.readUInt16BE(42)).toString(),
        formatVersion(recordVersion(record)),
      ]),
    );
  }
}

/** What is younger is not reaped by anybody. */
export const HINT_WINDOW_MS = 1000;

/** Times from here on are not believed. */
export const BEYOND_BELIEF = 1_000_000;

export class Owners {
  readonly clock = selfDrivenClock();
  readonly #random = new Stream(1, 'salts');
  readonly all: readonly Owner[];
  /** Types of the requests, with whom they went to. */
  readonly asked: string[] = [];
  /** Bytes of the records that travelled. */
  movedBytes = 0;
  intercept: Intercept = () => undefined;
  /** The cluster's time, milliseconds since 1970. */
  set wallMs(ms: number) {
    for (const owner of this.all) owner.wallMs = ms;
  }
  readonly blocked: string[] = [];
  /** Keys that were to be settled with a copy of no value. */
  readonly outranked: string[] = [];
  /** A round on a blocked key: whether it comes to an end. */
  settle = (_key: Buffer): Promise<boolean> => Promise.resolve(false);

  constructor(ring: Ring, ids: readonly NodeId[]) {
    this.all = ids.map((id) => new Owner(id, ring, this.clock));
    const isImplausible = ({ time }: Version) => time >= BEYOND_BELIEF;
    for (const owner of this.all) {
      owner.creditOf = new Credibility({
        rings: { inForce: ring },
        calls: this.callsOf(owner),
        versionClock: { isImplausible, believe: ({ time }) => owner.believed.push(time) },
      }).creditOf;
    }
  }

  adopt(ring: Ring): void {
    for (const owner of this.all) owner.adopt(ring);
  }

  /** How `owner` syncs with the others. */
  syncOf(owner: Owner, throttle = this.throttle()): PartitionSync {
    return new PartitionSync({
      rings: owner.rings,
      calls: this.callsOf(owner),
      store: owner.store,
      throttle,
      random: this.#random,
      creditOf: owner.creditOf,
      settle: (key, copy) => {
        (copy ? this.outranked : this.blocked).push(key.toString());
        return this.settle(key);
      },
    });
  }

  throttle(): Throttle {
    return new Throttle({ clock: this.clock, bytesPerSecond: BYTES_PER_SECOND });
  }

  callsOf(owner: Owner): Pick<Calls, 'request'> {
    return {
      request: (to, type, body, _timeoutMs, done) => {
        const message = passed({ type, call: 1, ...body } as unknown as Message);
        this.asked.push(`${type} ${to}`);
        const answer = (reply: Message | 'lost') =>
          setImmediate(() => done((reply === 'lost' ? reply : passed(reply)) as never, 0));
        const instead = this.intercept(to, message);
        if (instead) return void answer(instead);
        const target = this.all.find(({ id }) => id === to);
        if (!target?.isUp) return void answer('lost');
        target.replica.serve(owner.id, message as never, (reply) => {
          if (reply.type === 'partition.fetched') {
            for (const record of reply.records) this.movedBytes += record.length;
          }
          answer(reply);
        });
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map(({ store }) => store.close()));
  }
}

/** How a file's tests make their worlds, each of which is closed after its test. */
export function ownersIn(test: Pick<Suite, 'after'>): (ring: Ring, ids: NodeId[]) => Owners {
  let opened: Owners | undefined;
  test.after.each(async () => {
    await opened?.close();
    opened = undefined;
  });
  return (ring, ids) => {
    opened = new Owners(ring, ids);
    return opened;
  };
}

/** A ring at rest, three copies each; `layout` names members by their places in `ids`. */
export function stableRing(epoch: number, ids: readonly NodeId[], layout: number[][]): Ring {
  return {
    clusterId: '0'.repeat(32),
    epoch,
    ...foundingReplication({ replicas: 3 }),
    members: ids.map(member),
    layout,
  };
}

/** A message as it comes out of a frame. */
function passed(message: Message): Message {
  const writer = new Writer();
  writeMessage(writer, message);
  return readMessage(new Reader(writer.finish()));
}
