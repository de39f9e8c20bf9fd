/**
 * One owner's side of replication: serves the requests of coordinators, its own node's included.
 *
 * Every request names the ring epoch of its sender. A sender that is behind is fenced off and told
 * so; a sender that is ahead makes us fetch its ring first. So no two nodes ever act for one key
 * by different rings.
 */
import type { Message, MessageOf } from '../core/messages.js';
import { isIntactRecord, recordVersion } from '../core/record.js';
import type { NodeId } from '../core/version.js';
import type { Clock, Store } from '../ports.js';
import type { Rings } from './rings.js';
import type { Stamper } from './stamper.js';

type Reply = (message: Message) => void;
type Served =
  | MessageOf<'replica.write'>
  | MessageOf<'replica.read'>
  | MessageOf<'partition.list'>
  | MessageOf<'partition.fetch'>;
type Refusal = 'fenced' | 'expired' | 'busy';

const MAX_PARKED_MS = 5000;
/** One reply of a transfer stays below this, one large record apart. */
const FETCH_BYTES = 1 << 20;

export class Replica {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #rings: Rings;
  readonly #stamper: Stamper;

  constructor(options: { store: Store; clock: Clock; rings: Rings; stamper: Stamper }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#rings = options.rings;
    this.#stamper = options.stamper;
  }

  serve(from: NodeId, request: Served, reply: Reply): void {
    const epoch = this.#rings.epoch;
    if (request.epoch === epoch) this.#act(request, reply);
    else if (request.epoch < epoch) this.#refuse(request, 'fenced', reply);
    else this.#park(from, request, reply);
  }

  /** The sender is ahead of us: its ring comes first. */
  #park(from: NodeId, request: Served, reply: Reply): void {
    const since = this.#clock.monotonic();
    const timeoutMs = 'timeoutMs' in request ? request.timeoutMs : MAX_PARKED_MS;
    const parked = this.#rings.whenAtLeast(request.epoch, from, () => {
      const expired = this.#clock.monotonic() - since >= timeoutMs;
      if (expired) this.#refuse(request, 'expired', reply);
      else this.serve(from, request, reply);
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
      case 'partition.list':
        this.#list(request, reply);
        break;
      case 'partition.fetch':
        this.#fetch(request, reply);
    }
  }

  #write({ call, epoch, record }: MessageOf<'replica.write'>, reply: Reply): void {
    const type = 'replica.written';
    if (!isIntactRecord(record)) {
      reply({ type, call, outcome: 'corrupt', epoch, version: undefined });
      return;
    }
    if (this.#stamper.isTooFarAhead(recordVersion(record))) {
      reply({ type, call, outcome: 'clockAhead', epoch, version: undefined });
      return;
    }
    this.#store.write(record, (done) => {
      const outcome = done.kind === 'applied' ? 'ok' : done.kind;
      const version = done.kind === 'superseded' ? done.version : undefined;
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

  #list(request: MessageOf<'partition.list'>, reply: Reply): void {
    const { call, epoch, partition, after, limit } = request;
    const query = { partition, limit, ...(after && { after }) };
    this.#store.page(query, (entries) => {
      const more = entries.length === limit;
      reply({ type: 'partition.listed', call, outcome: 'ok', epoch, entries, more });
    });
  }

  /** As many of the asked-for records as fit one reply; the caller asks again for the rest. */
  #fetch({ call, epoch, keys }: MessageOf<'partition.fetch'>, reply: Reply): void {
    const records: Buffer[] = [];
    let bytes = 0;
    const next = (index: number): void => {
      if (index === keys.length || bytes >= FETCH_BYTES) {
        reply({ type: 'partition.fetched', call, outcome: 'ok', epoch, records });
        return;
      }
      this.#store.read(keys[index]!, (held) => {
        if (held.kind === 'found') {
          records.push(held.record);
          bytes += held.record.length;
        }
        next(index + 1);
      });
    };
    next(0);
  }

  #refuse(request: Served, outcome: Refusal, reply: Reply): void {
    const { call } = request;
    const epoch = this.#rings.epoch;
    switch (request.type) {
      case 'replica.write':
        reply({ type: 'replica.written', call, outcome, epoch, version: undefined });
        break;
      case 'replica.read':
        reply({
          type: 'replica.found',
          call,
          outcome,
          epoch,
          version: undefined,
          record: undefined,
        });
        break;
      case 'partition.list':
        reply({ type: 'partition.listed', call, outcome, epoch, entries: [], more: false });
        break;
      case 'partition.fetch':
        reply({ type: 'partition.fetched', call, outcome, epoch, records: [] });
    }
  }
}
