/** Owners that hold what a test says, and a coordinator among them that is asked for lists. */
import { createActor } from 'xstate';
import { ALL_KEYS } from '../../../src/core/data/key-range.js';
import { type EncodedRecord, recordKey } from '../../../src/core/data/record.js';
import type { Version } from '../../../src/core/data/version.js';
import { MemoryBudget } from '../../../src/core/memory-budget.js';
import type { Failure, Listed, ListRequest } from '../../../src/core/requests.js';
import { ownersOfKey } from '../../../src/core/ring/key-owners.js';
import { computeLayout } from '../../../src/core/ring/layout.js';
import { allOwners, type Ring } from '../../../src/core/ring/ring.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import type { Calls } from '../../../src/node/rpc/calls.js';
import { BEYOND_BELIEF, member, type Owner, Owners } from '../stabilizer/owners.js';

export const IDS = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(16));
const REPLICATION = { clusterId: '0'.repeat(32), replicas: 3, writeQuorum: 2, readQuorum: 2 };

export function ringOf(epoch: number, ids = IDS): Ring {
  const members = ids.map(member);
  const layout = computeLayout({ members, partitions: 8, replicas: 3 });
  return { ...REPLICATION, epoch, members, layout };
}

/** Bytes that may be held for clients. */
export const BUDGET = 8 << 20;
const SILENT_MS = 1000;

export class Listing {
  ring: Ring;
  readonly owners: Owners;
  readonly coordinator: Coordinator;
  readonly held = new MemoryBudget(BUDGET);
  /** By which values expire. */
  wallMs = 0;
  /** Who does not answer under the first ring, until the coming one is there. */
  silent: string | undefined;
  /** Whose page is held back, until it is delivered. */
  heldBack: string | undefined;
  deliver = () => {};
  /** How long every owner takes for a page. */
  scanMs = 0;
  /** Who is asked last. */
  last: string | undefined;
  /** What comes when somebody waits for a newer ring. */
  coming: Ring | undefined;

  constructor(ring: Ring) {
    this.ring = ring;
    this.owners = new Owners(ring, IDS);
    const { clock, all } = this.owners;
    const [self] = all;
    const listing = this;
    this.coordinator = new Coordinator({
      settings: {
        ...{ hedgeAfterMs: 10, slowRequestMs: 500 },
        ...{ maxInFlight: 100, maxInFlightBytes: 1 << 30 },
      },
      rings: {
        get inForce() {
          return listing.ring;
        },
        get epoch() {
          return listing.ring.epoch;
        },
        whenAtLeast: ({ epoch }: { epoch: number }, run: (isThere: boolean) => void) => {
          if (this.ring.epoch >= epoch) {
            run(true);
            return true;
          }
          if (this.coming) this.adopt(this.coming);
          setImmediate(run, this.coming !== undefined);
          return true;
        },
      } as never,
      calls: this.#callsOf(self!) as never,
      versionClock: {
        isTooFarAhead: ({ time }: Version) => time >= BEYOND_BELIEF,
      } as never,
      clock,
      wallMs: () => this.wallMs,
      random: { float: () => 0.5 } as never,
      held: this.held,
      standing: (id) => {
        if (!this.owner(id).isUp) return 'unreachable';
        return id === this.last ? 'doubtful' : 'up';
      },
      tell: () => undefined,
      missed: () => undefined,
    });
    this.coordinator.attach(createActor(this.coordinator.machine).start());
    this.coordinator.send({ type: 'node.serving' });
  }

  /** As in a node: a request to itself is refused before it has been sent. */
  #callsOf(self: Owner): Pick<Calls, 'request'> {
    const { request } = this.owners.callsOf(self);
    return {
      request: (to, type, body, timeoutMs, done, slow) => {
        const { epoch } = this.ring;
        const asked = body as { readonly epoch?: number };
        const isFenced = to === self.id && type === 'replica.scan' && asked.epoch !== epoch;
        if (to === this.silent && asked.epoch === 1) {
          this.owners.clock.setTimeout(() => {
            if (this.coming) this.adopt(this.coming);
            done('lost', SILENT_MS);
          }, SILENT_MS);
          return;
        }
        if (to === this.heldBack && type === 'replica.scan') {
          if (slow) this.owners.clock.setTimeout(slow.onSlow, slow.afterMs);
          request(to, type, body, timeoutMs, (...reply) => {
            this.deliver = () => done(...reply);
          });
          return;
        }
        if (this.scanMs > 0 && type === 'replica.scan') {
          const scan = () => request(to, type, body, timeoutMs, done);
          return void this.owners.clock.setTimeout(scan, this.scanMs);
        }
        if (!isFenced) return request(to, type, body, timeoutMs, done, slow);
        done({ type: 'replica.scanned', outcome: 'fenced', epoch, rows: [] } as never, 0);
      },
    };
  }

  /** To all owners of its key, or to those of these places in its list of owners. */
  async put(record: EncodedRecord, places?: readonly number[]): Promise<void> {
    const ids = allOwners(ownersOfKey(this.ring, recordKey(record)));
    const taking = places ? places.flatMap((place) => ids[place] ?? []) : ids;
    await Promise.all(taking.map((id) => this.owner(id).put(record)));
  }

  owner(id: string) {
    return this.owners.all.find((owner) => owner.id === id)!;
  }

  /** Every node goes on with this ring. */
  adopt(ring: Ring): void {
    this.ring = ring;
    this.owners.adopt(ring);
  }

  list(request: Partial<ListRequest> = {}): Promise<Listed | Failure> {
    const usual = { range: ALL_KEYS, reverse: false, limit: 100, withValues: false } as const;
    return new Promise((done) =>
      this.coordinator.list({ ...usual, level: 'quorum', timeoutMs: 60_000, ...request }, done),
    );
  }

  async close(): Promise<void> {
    await this.owners.close();
    this.owners.clock.stop();
  }
}
