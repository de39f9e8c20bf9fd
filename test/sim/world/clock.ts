/**
 * The clocks of simulated machines, and the processes that live by them.
 *
 * A machine has a wall clock, which is off, drifts and may jump. A process on it has timers, and is
 * called back by the network and the disk; it may be stopped for a while (SIGSTOP, a long garbage
 * collection, a suspended laptop) or killed. While it is stopped everything due waits; when it goes
 * on, overdue timers run first, in the order of their times, then what arrived meanwhile, in the
 * order of arrival: an event loop looks at its timers before it reads its sockets, so a process
 * that comes back believes for a moment that nobody has answered it.
 */
import type { Clock } from '../../../src/ports.js';
import type { Scheduler, Task } from './scheduler.js';
import type { Trace } from './trace.js';

/**
 * Long after the origin of versions, so that a day back is still behind it.
 */
export const BEGINNING_MS = Date.UTC(2026, 0, 1);

export class WallClock {
  readonly #scheduler: Scheduler;
  #drift: number;
  /** How far it is ahead of true time, drift apart. */
  #offsetMs: number;
  /** The furthest that it was seen ahead of true time. */
  mostAheadMs = 0;
  /** The same the other way: below 0 if it was behind. */
  leastAheadMs = 0;

  constructor(scheduler: Scheduler, options: { offsetMs: number; driftPpm: number }) {
    this.#scheduler = scheduler;
    this.#drift = options.driftPpm / 1e6;
    this.#offsetMs = options.offsetMs;
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** From now on it runs faster by so many parts per million. Returns how to set it right again. */
  runFaster(byPpm: number): () => void {
    const { now: since } = this.#scheduler;
    const by = byPpm / 1e6;
    this.#drift += by;
    this.#offsetMs -= since * by;
    return () => {
      this.#drift -= by;
      this.#offsetMs += since * by;
    };
  }

  /** Of true time. */
  get aheadMs(): number {
    return this.#scheduler.now * this.#drift + this.#offsetMs;
  }

  now(): number {
    const { aheadMs } = this;
    this.mostAheadMs = Math.max(this.mostAheadMs, aheadMs);
    this.leastAheadMs = Math.min(this.leastAheadMs, aheadMs);
    return Math.floor(BEGINNING_MS + this.#scheduler.now + aheadMs);
  }
}

/** Something a process is called for; `cleared` if it no longer wants to be. */
interface Call {
  readonly run: () => void;
  readonly dropped?: (() => void) | undefined;
  task: Task | undefined;
  cleared: boolean;
}

export class Process {
  readonly name: string;
  readonly clock: Clock;
  /** For answers from outside the event loop, such as the disk's: they wait behind timers. */
  readonly io: Clock;
  readonly #scheduler: Scheduler;
  readonly #trace: Trace;
  #state: 'running' | 'stopped' | 'dead' = 'running';
  #overdue: Call[] = [];
  #waiting: Call[] = [];
  /** How often it was stopped. */
  stops = 0;

  constructor(options: { name: string; scheduler: Scheduler; wall: WallClock; trace: Trace }) {
    const { name, scheduler, wall, trace } = options;
    this.name = name;
    this.#scheduler = scheduler;
    this.#trace = trace;
    const startedAt = scheduler.now;
    const clockOn = (queue: 'timers' | 'io'): Clock => ({
      now: () => wall.now(),
      // Of no use to anybody but this process, as in reality.
      monotonic: () => scheduler.now - startedAt,
      setTimeout: (run, ms) => this.#callAfter(Math.max(queue === 'io' ? 0 : 1, ms), queue, run),
      clearTimeout: (timer) => this.#clear(timer as Call | undefined),
    });
    this.clock = clockOn('timers');
    this.io = clockOn('io');
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  /** What waits while the process is stopped. */
  get backlog(): number {
    return this.#overdue.length + this.#waiting.length;
  }

  /** Something arrives from outside, now. `dropped` is called if it dies before that. */
  deliver(run: () => void, dropped?: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'dead') dropped?.();
    else this.#waiting.push({ run, dropped, task: undefined, cleared: false });
  }

  stop(): void {
    if (this.#state !== 'running') return;
    this.#state = 'stopped';
    this.stops++;
  }

  goOn(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const [queue, calls] of [
      ['timers', this.#overdue],
      ['io', this.#waiting],
    ] as const) {
      for (const call of calls) {
        call.task = this.#scheduler.after(0, () => this.#due(call, queue));
      }
    }
    this.#overdue = [];
    this.#waiting = [];
  }

  /** Nothing of it runs any more. */
  kill(): void {
    this.#state = 'dead';
    for (const { dropped } of this.#waiting) dropped?.();
    this.#overdue = [];
    this.#waiting = [];
  }

  #callAfter(ms: number, queue: 'timers' | 'io', run: () => void): Call {
    const call: Call = { run, task: undefined, cleared: false };
    call.task = this.#scheduler.after(ms, () => this.#due(call, queue));
    return call;
  }

  #due(call: Call, queue: 'timers' | 'io'): void {
    if (this.#state === 'dead') call.dropped?.();
    if (call.cleared || this.#state === 'dead') return;
    if (this.#state === 'stopped') {
      (queue === 'timers' ? this.#overdue : this.#waiting).push(call);
      return;
    }
    this.#trace.mix(this.#scheduler.now);
    call.run();
  }

  #clear(call: Call | undefined): void {
    if (!call) return;
    call.cleared = true;
    if (call.task) this.#scheduler.cancel(call.task);
  }
}
