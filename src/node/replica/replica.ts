/**
 * One owner's side of replication: serves the requests of coordinators, its own node's included.
 *
 * Every request names the ring epoch of its sender. A sender that is behind is fenced off and told
 * so; a sender that is ahead makes us fetch its ring first. So no two nodes ever act for one key
 * by different rings.
 */

import { recordVersion } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { type Message, type MessageOf, PAGE_ROWS_LIMIT } from '../../core/wire/messages.js';
import type { Store } from '../../ports.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { HintIntake } from './hint-intake.js';
import type { VersionClock } from './version-clock.js';

type Reply = (message: Message) => void;
type Served =
  | MessageOf<'replica.write'>
  | MessageOf<'replica.read'>
  | MessageOf<'replica.prepare'>
  | MessageOf<'partition.list'>
  | MessageOf<'partition.fetch'>
  | MessageOf<'partition.tree'>
  | MessageOf<'hints.deliver'>;
type Refusal = 'fenced' | 'expired' | 'busy' | 'corrupt' | 'clockAhead';

const MAX_PARKED_MS = 5000;
/** One reply of a transfer holds no more than this, or a single larger record. */
const FETCH_BYTES = 1 << 20;
/** Records read at the same time for it: each turn of the store costs as much as many reads. */
const MAX_READS = 64;

export class Replica {
  readonly #store: Store;
  readonly #rings: CurrentRing;
  readonly #versionClock: VersionClock;
  readonly #hintIntake: HintIntake;
  readonly #self: NodeId;
  readonly #isTrusted: () => boolean;
  /** Writes taken since `takeStored` asked. */
  #stored = 0;
  /** Of the records sent lately, to guess how many fit a reply. */
  #meanBytes = 4096;

  constructor(options: {
    self: NodeId;
    store: Store;
    rings: CurrentRing;
    versionClock: VersionClock;
    hintIntake: HintIntake;
    /** Whether our disk can be taken for the newest of our identity. */
    isTrusted: () => boolean;
  }) {
    this.#store = options.store;
    this.#rings = options.rings;
    this.#versionClock = options.versionClock;
    this.#hintIntake = options.hintIntake;
    this.#self = options.self;
    this.#isTrusted = options.isTrusted;
  }

  /** How many writes were taken since this was last asked. */
  takeStored(): number {
    const stored = this.#stored;
    this.#stored = 0;
    return stored;
  }

  serve(from: NodeId, request: Served, reply: Reply): void {
    const epoch = this.#rings.epoch;
    if (!this.#isTrusted() && !this.#isOwnRead(from, request)) this.#refuse(request, 'busy', reply);
    else if (request.epoch === epoch) this.#act(request, reply);
    else if (request.epoch < epoch) this.#refuse(request, 'fenced', reply);
    else this.#park(from, request, reply);
  }

  /** What counts for no quorum but one of our own may be read of any disk. */
  #isOwnRead(from: NodeId, { type }: Served): boolean {
    return from === this.#self && type === 'replica.read';
  }

  /** The sender is ahead of us: its ring comes first. */
  #park(from: NodeId, request: Served, reply: Reply): void {
    const withinMs = 'timeoutMs' in request ? request.timeoutMs : MAX_PARKED_MS;
    const wanted = { epoch: request.epoch, source: from, withinMs };
    const parked = this.#rings.whenAtLeast(wanted, (isThere) => {
      if (isThere) this.serve(from, request, reply);
      else this.#refuse(request, 'expired', reply);
    });
    if (!parked) this.#refuse(request, 'busy', reply);
  }

  #act(request: Served, reply: Reply): void {
    switch (request.type) {
      case 'replica.write':
        this.#write(request, reply);
        break;
      case 'replica.read':
        this.#read(request, reply);
        break;
      case 'replica.prepare':
        this.#prepare(request, reply);
        break;
      case 'partition.list':
        this.#list(request, reply);
        break;
      case 'partition.fetch':
        this.#fetch(request, reply);
        break;
      case 'partition.tree':
        this.#tree(request, reply);
        break;
      case 'hints.deliver':
        this.#takeHints(request, reply);
    }
  }

  #write({ call, epoch, record }: MessageOf<'replica.write'>, reply: Reply): void {
    const type = 'replica.written';
    if (this.#versionClock.isTooFarAhead(recordVersion(record))) {
      reply({ type, call, outcome: 'clockAhead', epoch, version: undefined });
      return;
    }
    this.#stored++;
    this.#store.write(record, (done) => {
      const outcome = done.kind === 'applied' ? 'ok' : done.kind;
      const version = 'version' in done ? done.version : undefined;
      reply({ type, call, outcome, epoch, version });
    });
  }

  #read({ call, epoch, key, withValue }: MessageOf<'replica.read'>, reply: Reply): void {
    const type = 'replica.found';
    if (withValue) {
      this.#store.read(key, (held) => {
        const outcome = held.kind === 'corrupt' ? 'corrupt' : 'ok';
        const record = held.kind === 'found' ? held.record : undefined;
        const version = record && recordVersion(record);
        reply({ type, call, outcome, epoch, version, record });
      });
    } else {
      this.#store.readVersion(key, (held) => {
        const outcome = held.kind === 'corrupt' ? 'corrupt' : 'ok';
        const version = held.kind === 'found' ? held.version : undefined;
        reply({ type, call, outcome, epoch, version, record: undefined });
      });
    }
  }

  #prepare(request: MessageOf<'replica.prepare'>, reply: Reply): void {
    const { call, epoch, key, ballot } = request;
    const type = 'replica.promised';
    if (this.#versionClock.isTooFarAhead(ballot)) return this.#refuse(request, 'clockAhead', reply);
    this.#stored++;
    this.#store.prepare(key, ballot, (promise) => {
      if (promise.kind === 'promised') {
        const { record } = promise;
        const version = record && recordVersion(record);
        reply({ type, call, outcome: 'ok', epoch, version, record });
      } else {
        const outcome = promise.kind === 'refused' ? 'superseded' : promise.kind;
        const version = promise.kind === 'refused' ? promise.version : undefined;
        reply({ type, call, outcome, epoch, version, record: undefined });
      }
    });
  }

  /** This, `#fetch` and `#tree` are the receiver's side of `stabilizer/partition-sync.ts`. */
  #list(request: MessageOf<'partition.list'>, reply: Reply): void {
    if (!this.#isPartition(request)) return this.#refuse(request, 'corrupt', reply);
    const { call, epoch, partition, leaves, after } = request;
    const limit = Math.min(request.limit, PAGE_ROWS_LIMIT);
    const query = { partition, limit, ...(leaves && { leaves }), ...(after && { after }) };
    this.#store.page(query, ({ entries, next }) => {
      reply({ type: 'partition.listed', call, outcome: 'ok', epoch, entries, next });
    });
  }

  /** As many of the asked-for records as fit one reply; the caller asks again for the rest. */
  #fetch({ call, epoch, keys }: MessageOf<'partition.fetch'>, reply: Reply): void {
    const records: Buffer[] = [];
    let bytes = 0;
    const readFrom = (start: number): void => {
      const fitting = Math.ceil((FETCH_BYTES - bytes) / this.#meanBytes);
      const some = keys.slice(start, start + Math.min(MAX_READS, fitting));
      if (some.length === 0) {
        reply({ type: 'partition.fetched', call, outcome: 'ok', epoch, records });
        return;
      }
      let isFull = false;
      for (const [index, key] of some.entries()) {
        this.#store.read(key, (held) => {
          if (held.kind === 'found' && !isFull) {
            const { length } = held.record;
            isFull = bytes > 0 && bytes + length > FETCH_BYTES;
            if (!isFull) records.push(held.record);
            bytes += length;
            this.#meanBytes += (length - this.#meanBytes) / MAX_READS;
          }
          if (index === some.length - 1) readFrom(isFull ? keys.length : start + some.length);
        });
      }
    };
    readFrom(0);
  }

  #tree(request: MessageOf<'partition.tree'>, reply: Reply): void {
    if (!this.#isPartition(request)) return this.#refuse(request, 'corrupt', reply);
    const { call, epoch, partition } = request;
    this.#store.tree(partition, (leaves) => {
      reply({ type: 'partition.leaves', call, outcome: 'ok', epoch, leaves });
    });
  }

  #takeHints({ call, epoch, records }: MessageOf<'hints.deliver'>, reply: Reply): void {
    this.#stored += records.length;
    this.#hintIntake.take(records, (outcome, pauseMs) => {
      reply({ type: 'hints.taken', call, outcome, epoch, pauseMs });
    });
  }

  #isPartition({ partition }: { partition: number }): boolean {
    return partition < this.#rings.current!.layout.length;
  }

  /** How much this node holds, whatever ring the asker is in. */
  serveSizes({ call }: MessageOf<'node.sizes'>, reply: Reply): void {
    this.#store.sizes((sizes) => reply({ type: 'node.sized', call, sizes }));
  }

  #refuse(request: Served, outcome: Refusal, reply: Reply): void {
    const { call } = request;
    const epoch = this.#rings.epoch;
    switch (request.type) {
      case 'replica.write':
        reply({ type: 'replica.written', call, outcome, epoch, version: undefined });
        break;
      case 'replica.read':
      case 'replica.prepare':
        reply({
          type: request.type === 'replica.read' ? 'replica.found' : 'replica.promised',
          call,
          outcome,
          epoch,
          version: undefined,
          record: undefined,
        });
        break;
      case 'partition.list':
        reply({ type: 'partition.listed', call, outcome, epoch, entries: [], next: undefined });
        break;
      case 'partition.fetch':
        reply({ type: 'partition.fetched', call, outcome, epoch, records: [] });
        break;
      case 'partition.tree':
        reply({ type: 'partition.leaves', call, outcome, epoch, leaves: Buffer.alloc(0) });
        break;
      case 'hints.deliver':
        reply({ type: 'hints.taken', call, outcome, epoch, pauseMs: 0 });
    }
  }
}
