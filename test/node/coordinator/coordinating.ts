/** A coordinator whose owners answer as the test says. */
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import type { Version } from '../../../src/core/data/version.js';
import type { MemoryBudget } from '../../../src/core/memory-budget.js';
import type {
  Failure,
  Found,
  ReadRequest,
  WriteRequest,
  Written,
} from '../../../src/core/requests.js';
import type { Ring } from '../../../src/core/ring/ring.js';
import { Coordinator } from '../../../src/node/coordinator/coordinator.js';
import { member, selfDrivenClock } from '../stabilizer/owners.js';

export const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(16)) as [
  ...[string, string, string, string],
];
export const KEY = Buffer.from('k');
/** Of every request. */
export const TIMEOUT_MS = 60_000;
export const ringOf = (epoch: number, ids: readonly string[]): Ring => ({
  clusterId: '0'.repeat(32),
  epoch,
  replicas: 3,
  writeQuorum: 2,
  readQuorum: 2,
  members: ids.map(member),
  layout: [ids.map((_, index) => index)],
});

export type Outcome = Written | Found | Failure;
type Done = (reply: never, tookMs: number) => void;

interface Asked {
  readonly to: string;
  readonly type: string;
  readonly body: {
    readonly epoch: number;
    readonly record?: Buffer;
    readonly ballot?: Version;
    readonly withValue?: boolean;
  };
  readonly answer: (reply: object | string) => void;
}

const REPLY_TYPES: { readonly [type: string]: string } = {
  'replica.read': 'replica.found',
  'replica.write': 'replica.written',
  'replica.prepare': 'replica.promised',
};

/** `held`: what counts the values that come. */
export function open(quorums: Partial<Ring> = {}, held?: MemoryBudget) {
  const clock = selfDrivenClock();
  const asked: Asked[] = [];
  const rings = {
    inForce: { ...ringOf(1, [A, B, C]), ...quorums },
    get epoch() {
      return rings.inForce.epoch;
    },
    /** Who waits for a newer ring. */
    waiting: [] as ((isThere: boolean) => void)[],
    whenAtLeast(_: object, run: (isThere: boolean) => void) {
      rings.waiting.push(run);
      return true;
    },
    adopt(ring: Ring) {
      rings.inForce = ring;
      for (const run of rings.waiting.splice(0)) run(true);
    },
    neverComes() {
      for (const run of rings.waiting.splice(0)) run(false);
    },
  };
  let stamps = 0;
  let entered = 0;
  /** By which values expire. */
  const time = { wallMs: 0 };
  const missed: string[] = [];
  const hints: ((isKept: boolean) => void)[] = [];
  const away = new Set<string>();
  const coordinator = new Coordinator({
    settings: { hedgeAfterMs: 10, slowRequestMs: 500, maxInFlight: 10, maxInFlightBytes: 1 << 20 },
    rings: rings as never,
    calls: {
      request(to: string, type: string, body: Asked['body'], _: number, done: Done) {
        const answer = (reply: object | string) => {
          asked.splice(asked.indexOf(one), 1);
          const { epoch } = rings.inForce;
          const message = { type: REPLY_TYPES[type], epoch, ...(reply as object) };
          done((typeof reply === 'string' ? reply : message) as never, 0);
        };
        const one = { to, type, body, answer };
        asked.push(one);
      },
    } as never,
    versionClock: {
      stamp: (epoch: number) => ({ epoch, time: ++stamps, node: A }),
      enter: (epoch: number) => {
        entered = epoch;
      },
      observe: (version: Version) => {
        assert.ok(version.epoch <= entered, 'its epoch is entered before a version is observed');
        stamps = Math.max(stamps, version.time);
        return true;
      },
      obstacle: undefined,
      isTooFarAhead: () => false,
    } as never,
    clock,
    wallMs: () => time.wallMs,
    random: { float: () => 0.5 } as never,
    ...(held && { held }),
    standing: (owner) => (away.has(owner) ? 'unreachable' : 'up'),
    tell: () => undefined,
    missed: (owner, _, done) => {
      missed.push(owner);
      if (done) hints.push(done);
    },
  });
  coordinator.attach(createActor(coordinator.machine).start());
  coordinator.send({ type: 'node.serving' });
  const outcomes: Outcome[] = [];
  const done = (outcome: Outcome) => outcomes.push(outcome);
  const write = { key: KEY, value: Buffer.from('v'), contentType: '', expiresAt: 0 };
  const common = { key: KEY, timeoutMs: TIMEOUT_MS };
  return {
    asked,
    rings,
    missed,
    /** The next hint that waits for its disk is on it, or is not. */
    keep: (isKept: boolean) => hints.shift()!(isKept),
    /** Owners that cannot be reached. */
    away,
    /** How many versions were stamped, ballots among them. */
    stamped: () => stamps,
    time,
    outcomes,
    coordinator,
    begin: {
      write: (also: Partial<WriteRequest> = {}) =>
        coordinator.write({ ...write, ...common, level: 'quorum', ...also }, done),
      read: (also: Partial<ReadRequest> = {}) =>
        coordinator.read({ ...common, level: 'quorum', ...also }, done),
      'linearizable write': () =>
        coordinator.write({ ...write, ...common, level: 'linearizable' }, done),
      'linearizable read': (also: Partial<ReadRequest> = {}) =>
        coordinator.read({ ...common, level: 'linearizable', ...also }, done),
    },
    to: (owner: string) => {
      const found = asked.find(({ to }) => to === owner);
      assert.ok(found, `${owner} was asked`);
      return found;
    },
    /** All that is asked, and what is asked then, is done as asked. */
    agree() {
      while (asked[0]) asked[0].answer({ outcome: 'ok' });
    },
    /** Time passes, and nobody answers. */
    pass: (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms)),
    stop: () => clock.stop(),
  };
}
