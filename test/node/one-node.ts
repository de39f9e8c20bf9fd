/**
 * One real node, composed as in production, among peers that the test plays: what it sends is read
 * from the wire, and what it refuses from its answers. Time passes when the test says so.
 */

import type { NodeId } from '../../src/core/data/version.js';
import type { Failure, Found, Written } from '../../src/core/requests.js';
import { computeLayout } from '../../src/core/ring/layout.js';
import { foundingReplication } from '../../src/core/ring/replication.js';
import type { Member, Ring } from '../../src/core/ring/ring.js';
import { formatRing } from '../../src/core/ring/ring-json.js';
import type { Message, MessageOf, MessageType } from '../../src/core/wire/messages.js';
import type { ActorFact } from '../../src/events/actor-facts.js';
import type { Fact } from '../../src/events/facts.js';
import { CachedStore } from '../../src/node/cache/cached-store.js';
import { nextIdentity } from '../../src/node/identity.js';
import { createNode } from '../../src/node.js';
import type { Clock, Transport, TransportEvents } from '../../src/ports.js';
import { ManualClock } from '../peers/manual-clock.js';
import { SimDisk, SimStore } from '../sim/disk/store.js';
import { Stream } from '../sim/world/random.js';
import { bulkWork } from './stabilizer/owners.js';

export const idOf = (name: string): NodeId => name.repeat(16);
export const SELF = idOf('a');
const PARTITIONS = 8;
const TODAY_MS = Date.UTC(2026, 0, 1);

export function member(name: string): Member {
  return { id: idOf(name), address: `${name}:1`, weight: 1, zone: '' };
}

export function ringOf(epoch: number, ...names: string[]): Ring {
  const members = names.map(member);
  const replication = foundingReplication({ replicas: 3 });
  const layout = computeLayout({ members, partitions: PARTITIONS, replicas: 3 });
  return { clusterId: 'f'.repeat(32), epoch, ...replication, members, layout };
}

/** A disk on which node a has lived before, as a member of this ring. */
export function diskIn(ring: Ring): SimDisk {
  const disk = new SimDisk();
  disk.meta.set('ring', formatRing(ring));
  disk.meta.set('node.identity', JSON.stringify({ id: SELF, incarnation: 1, seen: {} }));
  return disk;
}

export interface Sent<T extends MessageType = MessageType> {
  readonly to: NodeId;
  readonly message: MessageOf<T>;
}

export class OneNode {
  readonly #manual = new ManualClock();
  /** How far the wall clock is ahead of the peers'. */
  aheadMs = 0;
  /** The wall clock shows a time of today, on which versions can be stamped. */
  readonly clock: Clock = {
    now: () => TODAY_MS + this.#manual.now() + this.aheadMs,
    monotonic: () => this.#manual.monotonic(),
    setTimeout: (run, ms) => this.#manual.setTimeout(run, ms),
    clearTimeout: (timer) => this.#manual.clearTimeout(timer),
  };
  readonly disk: SimDisk;
  /** Without those of actors. */
  readonly facts: Fact[] = [];
  readonly actorFacts: ActorFact[] = [];
  readonly node: ReturnType<typeof createNode>;
  /** Addresses that it was told to dial. */
  readonly dialled = new Set<string>();
  readonly #sent: Sent[] = [];
  readonly #up = new Set<NodeId>();
  /** What those who answer its probes say, besides that they are there. */
  readonly #answering = new Map<NodeId, MessageOf<'swim.ack'>['rumours']>();
  #events: TransportEvents | undefined;
  isClosed = false;

  constructor(
    options: {
      disk?: SimDisk;
      introducers?: string[];
      expect?: number;
      evictAfterMs?: number;
    } = {},
  ) {
    const { disk = new SimDisk(), introducers = [], expect = 0, evictAfterMs = 60_000 } = options;
    this.disk = disk;
    const store = new SimStore({
      disk,
      clock: this.clock,
      random: new Stream(1, 'disk'),
      partitions: PARTITIONS,
      options: { syncMs: 1, tailChance: 0, tailMs: 0 },
    });
    const random = { float: () => 0.5, hex: (digits: number) => 'a'.repeat(digits) };
    const identity = nextIdentity(store, random);
    this.node = createNode(
      {
        identity,
        self: member('a'),
        introducers,
        expect,
        clusterId: undefined,
        partitions: PARTITIONS,
        maxClockDriftMs: 500,
        maxInFlight: 100,
        maxInFlightBytes: 1 << 20,
        hedgeAfterMs: 50,
        slowRequestMs: 500,
        evictAfterMs,
        hintWindowMs: 1000,
        tombstoneMinAgeMs: 4000,
        hintBytesPerSecond: 1 << 20,
        compareEveryMs: 60_000,
        scrubEveryMs: 0,
        transferBytesPerSecond: 1 << 20,
        recorderBytes: 1 << 20,
      },
      {
        clock: this.clock,
        random,
        log: () => undefined,
        store: new CachedStore(store, 0),
        transport: this.#transport,
        bulkWork,
        residentBytes: () => 0,
      },
    );
    this.node.watch((fact) => {
      if (fact.type.startsWith('actor.')) this.actorFacts.push(fact as ActorFact);
      else this.facts.push(fact);
    });
    this.node.start();
  }

  get #transport(): Transport {
    return {
      start: (events) => {
        this.#events = events;
      },
      send: (to, message) => {
        if (!this.#up.has(to)) return false;
        this.#sent.push({ to, message });
        const rumours = this.#answering.get(to);
        if (message.type === 'swim.ping' && rumours) this.#ack(to, message.probe, rumours);
        return true;
      },
      isUp: (id) => this.#up.has(id),
      connected: () => [...this.#up],
      setPeers: () => undefined,
      introduce: (address) => this.dialled.add(address),
      setCluster: () => undefined,
      close: async () => {
        this.isClosed = true;
      },
    };
  }

  #ack(from: NodeId, probe: number, rumours: MessageOf<'swim.ack'>['rumours']): void {
    const { address } = member(from[0]!);
    const sender = {
      ...{ id: from, address, bootId: `boot ${from[0]}`, incarnation: 1 },
      ...{ status: 'alive' as const, accusers: [] },
    };
    const wallMs = this.clock.now() - this.aheadMs;
    this.clock.setTimeout(() => {
      if (!this.#answering.has(from)) return;
      this.hear(from[0]!, { type: 'swim.ack', probe, sender, wallMs, rumours });
    }, 1);
  }

  /** A peer is connected, and answers probes. */
  connect(...names: string[]): this {
    for (const name of names) {
      const id = idOf(name);
      this.#up.add(id);
      this.#answering.set(id, []);
      this.#events?.up({ id, bootId: `boot ${name}`, address: member(name).address });
    }
    return this;
  }

  disconnect(name: string): this {
    this.#up.delete(idOf(name));
    this.#events?.down(idOf(name), 'the test says so');
    return this;
  }

  /** It is connected and answers no probe any more. */
  silence(name: string): this {
    this.#answering.delete(idOf(name));
    return this;
  }

  /** With its next answers it passes on what it has heard of others. */
  whisper(name: string, ...rumours: MessageOf<'swim.ack'>['rumours']): this {
    this.#answering.set(idOf(name), rumours);
    return this;
  }

  pass(ms: number): this {
    this.#manual.advance(ms);
    return this;
  }

  hear(from: string, message: Message): this {
    this.#events?.message(idOf(from), message, 0);
    return this;
  }

  /** What it has sent of this type since that was last asked. */
  sent<T extends MessageType>(type: T): Sent<T>[] {
    const isOne = (each: Sent): each is Sent<T> => each.message.type === type;
    const found = this.#sent.filter(isOne);
    const others = this.#sent.filter((each) => !isOne(each));
    this.#sent.splice(0, this.#sent.length, ...others);
    return found;
  }

  get state(): string {
    return this.node.status().states.node;
  }

  get ringState(): string {
    return this.node.status().states.ring;
  }

  /** What came of a client's write, within 100 ms. */
  write(): Written | Failure | undefined {
    return this.#within((done) =>
      this.node.write(
        {
          ...{ key: Buffer.from('k'), value: Buffer.from('v'), contentType: '', expiresAt: 0 },
          ...{ level: 'one', timeoutMs: 50 },
        },
        done,
      ),
    );
  }

  read(): Found | Failure | undefined {
    return this.#within((done) =>
      this.node.read({ key: Buffer.from('k'), level: 'one', timeoutMs: 50 }, done),
    );
  }

  #within<T>(ask: (done: (outcome: T) => void) => void): T | undefined {
    let outcome: T | undefined;
    ask((came) => {
      outcome = came;
    });
    this.pass(100);
    return outcome;
  }
}

/** `ok`, or the code of the failure. */
export function codeOf(outcome: { ok: true } | Failure | undefined): string {
  if (!outcome) return 'no answer';
  return outcome.ok ? 'ok' : outcome.code;
}
