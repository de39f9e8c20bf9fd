/**
 * One owner's side of replication: serves the requests of coordinators, its own node's included.
 *
 * Every request names the ring epoch of its sender. A sender that is behind is fenced off and told
 * so; a sender that is ahead makes us fetch its ring first. So no two nodes ever act for one key
 * by different rings.
 *
 * A client's deadline travels with its request. One that has waited for longer than that, in here
 * or for a ring, is refused before anything is done: nobody waits for it any more, and whoever did
 * may be trying again.
 *
 * A version is stamped in the epoch in which it is sent for storing, or before. One of a later
 * epoch outranks whatever can be written until then, so it is refused like a damaged one: there is
 * no such thing. One that is too far ahead in time is refused where it is new: from whoever has
 * stamped it, ourselves included. A copy of what another has stamped comes from whoever has asked
 * enough owners to take it for real, and refusing it would keep reads from their quorum.
 */

import { recordVersion } from '../../core/data/record.js';
import type { NodeId } from '../../core/data/version.js';
import { SCAN_ROWS_LIMIT } from '../../core/wire/limits.js';
import type { Message, MessageOf, Refusable } from '../../core/wire/messages.js';
import { type Refusal, refusalOf } from '../../core/wire/refusal.js';
import { classify } from '../../core/wire/traffic.js';
import type { Clock, Store, WriteOutcome } from '../../ports.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { HintIntake } from './hint-intake.js';
import { PartitionReader } from './partition-reader.js';
import type { Reaping } from './reaping.js';
import { RestoreIntake } from './restore-intake.js';
import type { Settle } from './settling.js';
import type { VersionClock } from './version-clock.js';

type Reply = (message: Message) => void;

/** Of what the store has not answered yet, from all coordinators together. */
const MAX_WAITING_BYTES = 256 << 20;
/** What a request takes that waits for it, beside its record or key. */
const WAITING_BYTES = 256;
/** One page of a scan holds no more than this, or a single larger record. */
const SCAN_BYTES = 1 << 20;
/** For so long what has no deadline of its own waits for a ring. */
const MAX_PARKED_MS = 5000;

/** A promise or what was reaped: it has to be stamped above. */
const SAID = {
  applied: 'ok',
  superseded: 'superseded',
  promised: 'promised',
  reaped: 'promised',
  readOnly: 'readOnly',
  corrupt: 'corrupt',
} as const satisfies Record<WriteOutcome['kind'], string>;

export class Replica {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #rings: CurrentRing;
  readonly #versionClock: VersionClock;
  readonly #hintIntake: HintIntake;
  readonly #restoreIntake: RestoreIntake;
  readonly #self: NodeId;
  readonly #isTrusted: () => boolean;
  readonly #partitions: PartitionReader;
  readonly #reaping: Reaping;
  /** Writes taken since `takeStored` asked. */
  #stored = 0;
  /** Of what waits for the store, also when no client waits for it any more. */
  #waitingBytes = 0;

  constructor(options: {
    self: NodeId;
    store: Store;
    clock: Clock;
    rings: CurrentRing;
    versionClock: VersionClock;
    hintIntake: HintIntake;
    settle: Settle;
    reaping: Reaping;
    /** Whether our disk can be taken for the newest of our identity. */
    isTrusted: () => boolean;
  }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#rings = options.rings;
    this.#versionClock = options.versionClock;
    this.#hintIntake = options.hintIntake;
    this.#restoreIntake = new RestoreIntake(options);
    this.#reaping = options.reaping;
    this.#self = options.self;
    this.#isTrusted = options.isTrusted;
    this.#partitions = new PartitionReader(options.store, options.rings);
  }

  /** How many writes were taken since this was last asked. */
  takeStored(): number {
    const stored = this.#stored + this.#hintIntake.takeStored();
    this.#stored = 0;
    return stored;
  }

  /** `waitedMs`: for so long it has waited since it arrived. */
  serve(from: NodeId, request: Refusable, reply: Reply, waitedMs = 0): void {
    const epoch = this.#rings.epoch;
    if (waitedMs >= timeoutOf(request)) this.#refuse(request, 'expired', reply);
    else if (!this.#isTrusted() && !this.#isOwnRead(from, request))
      this.#refuse(request, 'busy', reply);
    else if (request.epoch === epoch) this.#act(from, request, reply);
    else if (request.epoch < epoch) this.#refuse(request, 'fenced', reply);
    else this.#park(from, request, reply, waitedMs);
  }

  /** What counts for no quorum but one of our own may be read of any disk. */
  #isOwnRead(from: NodeId, { type }: Refusable): boolean {
    return from === this.#self && type === 'replica.read';
  }

  /** The sender is ahead of us: its ring comes first. */
  #park(from: NodeId, request: Refusable, reply: Reply, waitedMs: number): void {
    const since = this.#clock.monotonic();
    const leftMs = timeoutOf(request) - waitedMs;
    const withinMs = Number.isFinite(leftMs) ? leftMs : MAX_PARKED_MS;
    const { bytes } = classify(request);
    const wanted = { epoch: request.epoch, source: from, withinMs, bytes };
    const parked = this.#rings.whenAtLeast(wanted, (isThere) => {
      const parkedMs = this.#clock.monotonic() - since;
      if (isThere) this.serve(from, request, reply, waitedMs + parkedMs);
      else this.#refuse(request, 'expired', reply);
    });
    if (!parked) this.#refuse(request, 'busy', reply);
  }

  #act(from: NodeId, request: Refusable, reply: Reply): void {
    switch (request.type) {
      case 'replica.write':
        this.#write(from, request, reply);
        break;
      case 'replica.read':
        this.#read(request, reply);
        break;
      case 'replica.scan':
        this.#scan(request, reply);
        break;
      case 'replica.prepare':
        this.#prepare(request, reply);
        break;
      case 'partition.list':
        this.#partitions.list(request, reply);
        break;
      case 'partition.fetch':
        this.#partitions.fetch(request, reply);
        break;
      case 'partition.roots':
        this.#partitions.roots(request, reply);
        break;
      case 'partition.tree':
      case 'partition.compare':
        this.#partitions.tree(request, reply);
        break;
      case 'partition.confirm':
        this.#reaping.confirm(request, reply);
        break;
      case 'partition.reap':
        this.#reaping.reap(request, reply);
        break;
      case 'hints.deliver':
        this.#takeHints(request, reply);
        break;
      case 'backup.restore':
        this.#takeRestored(request, reply);
    }
  }

  #write(from: NodeId, request: MessageOf<'replica.write'>, reply: Reply): void {
    const { call, epoch, record } = request;
    const type = 'replica.written';
    const stamp = recordVersion(record);
    if (stamp.epoch > epoch) return this.#refuse(request, 'corrupt', reply);
    const isNew = stamp.node === from;
    if (isNew && !this.#versionClock.observe(stamp)) {
      return this.#refuse(request, 'clockAhead', reply);
    }
    const bytes = record.length + WAITING_BYTES;
    if (!this.#hasRoomFor(bytes)) return this.#refuse(request, 'busy', reply);
    this.#stored++;
    this.#waitingBytes += bytes;
    this.#store.write(record, (done) => {
      this.#waitingBytes -= bytes;
      const outcome = SAID[done.kind];
      const version = 'version' in done ? done.version : undefined;
      reply({ type, call, outcome, epoch, version });
    });
  }

  #read(request: MessageOf<'replica.read'>, reply: Reply): void {
    const { call, epoch, key, withValue } = request;
    const type = 'replica.found';
    const bytes = key.length + WAITING_BYTES;
    if (!this.#hasRoomFor(bytes)) return this.#refuse(request, 'busy', reply);
    this.#waitingBytes += bytes;
    if (withValue) {
      this.#store.read(key, (held) => {
        this.#waitingBytes -= bytes;
        const outcome = held.kind === 'corrupt' ? 'corrupt' : 'ok';
        const record = held.kind === 'found' ? held.record : undefined;
        const version = record && recordVersion(record);
        reply({ type, call, outcome, epoch, version, record });
      });
    } else {
      this.#store.readVersion(key, (held) => {
        this.#waitingBytes -= bytes;
        const outcome = held.kind === 'corrupt' ? 'corrupt' : 'ok';
        const version = held.kind === 'found' ? held.version : undefined;
        reply({ type, call, outcome, epoch, version, record: undefined });
      });
    }
  }

  #scan(request: MessageOf<'replica.scan'>, reply: Reply): void {
    const { call, epoch, partitions, from, to, reverse, bytes, withValues } = request;
    const limit = Math.min(Math.max(request.limit, 1), SCAN_ROWS_LIMIT);
    const query = { partitions, range: { from, to }, reverse, limit, bytes, withValues };
    if (!this.#hasRoomFor(WAITING_BYTES)) return this.#refuse(request, 'busy', reply);
    this.#waitingBytes += WAITING_BYTES;
    this.#store.scan({ ...query, bytes: Math.min(bytes, SCAN_BYTES) }, ({ rows, next }) => {
      this.#waitingBytes -= WAITING_BYTES;
      reply({ type: 'replica.scanned', call, outcome: 'ok', epoch, rows, next });
    });
  }

  #prepare(request: MessageOf<'replica.prepare'>, reply: Reply): void {
    const { call, epoch, key, ballot } = request;
    const type = 'replica.promised';
    if (ballot.epoch > epoch) return this.#refuse(request, 'corrupt', reply);
    if (!this.#versionClock.observe(ballot)) return this.#refuse(request, 'clockAhead', reply);
    const bytes = key.length + WAITING_BYTES;
    if (!this.#hasRoomFor(bytes)) return this.#refuse(request, 'busy', reply);
    this.#stored++;
    this.#waitingBytes += bytes;
    this.#store.prepare(key, ballot, (promise) => {
      this.#waitingBytes -= bytes;
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

  #takeHints({ call, epoch, records }: MessageOf<'hints.deliver'>, reply: Reply): void {
    this.#hintIntake.take(records, epoch, (outcome, pauseMs) => {
      reply({ type: 'hints.taken', call, outcome, epoch, pauseMs });
    });
  }

  #takeRestored({ call, epoch, records }: MessageOf<'backup.restore'>, reply: Reply): void {
    this.#stored += records.length;
    void this.#restoreIntake.take(records, epoch).then((outcome) => {
      reply({ type: 'backup.restored', call, outcome, epoch });
    });
  }

  #hasRoomFor(bytes: number): boolean {
    return this.#waitingBytes + bytes <= MAX_WAITING_BYTES;
  }

  /** How much this node holds, whatever ring the asker is in. */
  serveSizes(request: MessageOf<'node.sizes'>, reply: Reply): void {
    this.#partitions.sizes(request, reply);
  }

  #refuse(request: Refusable, outcome: Refusal, reply: Reply): void {
    reply(refusalOf(request, outcome, this.#rings.epoch));
  }
}

/** Infinite for what is between nodes alone, whose senders give up by themselves. */
function timeoutOf(request: Refusable): number {
  return 'timeoutMs' in request ? request.timeoutMs : Number.POSITIVE_INFINITY;
}
