/** An HTTP door with nothing behind it but what a test says. */

import type { MemberChange } from '../../src/core/planning/member-change.js';
import { membersAfter } from '../../src/core/planning/member-change.js';
import { planOf } from '../../src/core/planning/plan.js';
import type { Removal, RemoveRequest } from '../../src/core/planning/removal.js';
import { type ExplainedPlan, explain } from '../../src/core/planning/sentences.js';
import type { Explained, Failure } from '../../src/core/requests.js';
import { computeLayout } from '../../src/core/ring/layout.js';
import { foundingReplication } from '../../src/core/ring/replication.js';
import type { Member, Ring } from '../../src/core/ring/ring.js';
import { type ClusterVerdict, verdictOn } from '../../src/core/verdict.js';
import type { Backend } from '../../src/doors/context.js';
import { createHttpDoor, type DoorLimits, type HttpDoor } from '../../src/doors/http/server.js';
import { serve } from '../../src/doors/routes.js';
import type { Clock, StoreStatus } from '../../src/ports.js';
import { systemClock } from '../../src/system.js';

export function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

export function memberOf(n: number, port = 9000 + n): Member {
  return { id: idOf(n), address: `127.0.0.1:${port}`, weight: 1, zone: 'default' };
}

export function ringOf(members: readonly Member[], epoch = 1): Ring {
  const replication = foundingReplication({ replicas: 3 });
  const layout = computeLayout({ members, partitions: 64, replicas: 3 });
  return { clusterId: 'c'.repeat(32), epoch, ...replication, members, layout };
}

/** A backend that notes what it is asked, and answers as it is told. */
export class StubBackend implements Backend {
  readonly id: string;
  current: Ring | undefined;
  /** What `/admin/status` says besides. */
  more: object = {};
  readonly asked: unknown[] = [];
  refusal: string | undefined;
  removal: Removal | Failure | undefined;
  planned: Failure | undefined;
  judged: ClusterVerdict;

  constructor(ring: Ring, self = 1) {
    this.current = ring;
    this.id = idOf(self);
    this.judged = verdictOn({
      ...{ ring, waitsFor: '', isReachable: () => true, hasRoom: () => true },
      awayForMs: () => 0,
    });
  }

  readonly write: Backend['write'] = notAsked;
  readonly read: Backend['read'] = notAsked;
  readonly list: Backend['list'] = notAsked;
  readonly locate = notAsked;
  readonly subscribe: Backend['subscribe'] = notAsked;
  readonly record: Backend['record'] = notAsked;
  readonly backup: Backend['backup'] = notAsked;
  readonly restore: Backend['restore'] = notAsked;
  begunAt: number | undefined;

  plan(change: MemberChange, done: (plan: ExplainedPlan | Failure) => void): void {
    this.asked.push(change);
    if (this.planned) return done(this.planned);
    const ring = this.current!;
    const plan = planOf({
      ring,
      wanted: membersAfter(ring, change),
      isAlive: (id) => id === this.id,
      sizes: new Map(),
    });
    done(explain(plan, { unanswered: [idOf(2)], underWay: false }));
  }

  leave(member: string, done: (outcome: { ok: true } | Failure) => void): void {
    this.asked.push(member);
    const detail = this.refusal;
    done(detail === undefined ? { ok: true } : { ok: false, code: 'change_refused', detail });
  }

  renewEpoch(above = 0): number | string {
    this.asked.push(above === 0 ? 'epoch' : `epoch above ${above}`);
    return this.refusal ?? this.epoch();
  }

  remove(request: RemoveRequest, done: (outcome: Removal | Failure) => void): void {
    this.asked.push(request);
    done(this.removal!);
  }

  pauseScrub(paused: boolean): void {
    this.asked.push({ paused });
  }

  ring(): Ring | undefined {
    return this.current;
  }

  epoch(): number {
    return this.current?.epoch ?? 0;
  }

  restoreBegunAt(): number | undefined {
    return this.begunAt;
  }

  markRestore(isUnfinished: boolean, done: () => void): void {
    this.begunAt = isUnfinished ? 1 : undefined;
    done();
  }

  isReady(): boolean {
    return true;
  }

  verdict(): ClusterVerdict {
    return this.judged;
  }

  status(store?: StoreStatus): object {
    const { id, current, more } = this;
    return { id, states: { node: 'serving' }, members: current?.members ?? [], ...more, store };
  }

  storeStatus(done: Parameters<Backend['storeStatus']>[0]): void {
    done({ rows: 0, bytes: 0, walBytes: 0, readOnly: false });
  }
}

function notAsked(): never {
  throw new Error('nobody should ask this here');
}

/** Serves on a free port of the loopback, or on the one given. */
export async function openDoor(
  backend: Backend,
  wanted = 0,
  limits: Partial<DoorLimits> = {},
  corsOrigins: readonly string[] = [],
): Promise<{ door: HttpDoor; port: number }> {
  const log = () => undefined;
  const advertisedHost = 'db.example';
  const door = createHttpDoor({ log, serve, advertisedHost, corsOrigins, limits });
  const port = await door.listen(wanted, '127.0.0.1');
  putBehind(door, backend);
  return { door, port };
}

/** What is at `/metrics`. */
export const SCRAPE = '# HELP quorate_stub What a test says.\n';

/** From now on the door leads to this backend. */
export function putBehind(door: HttpDoor, backend: Backend, clock: Clock = systemClock): void {
  const settings = { maxValueBytes: 1 << 20, requestTimeoutMs: 2000 };
  door.open({ backend, settings, clock, scrape: async () => SCRAPE });
}

/** What happened to a request, in a word. */
export function explained(what: string): Explained {
  return { epoch: 2, level: 'quorum', tookMs: 1.5, steps: [{ atMs: 1, what }] };
}
