/**
 * A simulated world: the timeline, the network, the streams of randomness, and the loop that lets
 * one thing happen after the other.
 *
 * Promises: code under test may use them, and what follows a promise runs only when the stack is
 * empty. Going through Node's event loop after every step would cost more than the step, so V8
 * tells us when a promise was made or settled, and only then does the loop let go for a turn.
 */
import { promiseHooks } from 'node:v8';
import { Network, type NetworkOptions } from '../network/network.js';
import type { Invariant } from './invariants.js';
import { Stream } from './random.js';
import { Scheduler } from './scheduler.js';
import { Trace, type TraceOptions } from './trace.js';

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
  readonly atMs: number;
}

/** Hears of faults: what strikes, and the names of the machines that are struck. */
export type FaultObserver = (what: string, where: readonly string[]) => () => void;

export class World {
  readonly seed: number;
  readonly scheduler = new Scheduler();
  readonly trace: Trace;
  readonly network: Network;
  /** The first thing that was wrong: what comes after it may be its consequence. */
  violation: Violation | undefined;
  faultObserver: FaultObserver | undefined;

  /** What is looked for; undefined: whatever is wrong. */
  readonly #only: Invariant | undefined;

  constructor(options: {
    seed: number;
    network: NetworkOptions;
    trace: TraceOptions;
    only?: Invariant | undefined;
  }) {
    this.seed = options.seed;
    this.#only = options.only;
    this.trace = new Trace(options.trace);
    this.network = new Network({
      scheduler: this.scheduler,
      random: this.stream('network'),
      trace: this.trace,
      options: options.network,
    });
  }

  get now(): number {
    return this.scheduler.now;
  }

  /** A stream of its own for each name. */
  stream(name: string): Stream {
    return new Stream(this.seed, name);
  }

  note(who: string, what: string): void {
    if (this.trace.on) this.trace.line(this.now, who, what);
  }

  /** Tells that a fault has struck these; returns how to tell that it is over. */
  fault(what: string, where: readonly { readonly name: string }[]): () => void {
    const names = where.map(({ name }) => name);
    return this.faultObserver?.(what, names) ?? (() => undefined);
  }

  violate(invariant: Invariant, detail: string): void {
    if (this.violation) return;
    if (this.#only !== undefined && invariant !== this.#only) return;
    this.violation = { invariant, detail, atMs: this.now };
    this.note('CHECK', `${invariant}: ${detail}`);
  }

  /** Lets time pass until `limitMs`, until `isOver`, or until something is wrong. */
  async run(limitMs: number, isOver: () => boolean = () => false): Promise<void> {
    let promisesMoved = true;
    const moved = () => {
      promisesMoved = true;
    };
    const stopWatching = promiseHooks.createHook({ init: moved, settled: moved });
    const rejected = (reason: unknown) => this.#noteException(reason);
    process.on('unhandledRejection', rejected);
    try {
      for (let more = true; more && !this.violation && !isOver(); ) {
        more = this.#step(limitMs);
        this.network.endTurn();
        if (!promisesMoved) continue;
        await eventLoopTurn();
        this.network.endTurn();
        promisesMoved = false;
      }
    } finally {
      process.off('unhandledRejection', rejected);
      stopWatching();
    }
  }

  #step(limitMs: number): boolean {
    try {
      return this.scheduler.step(limitMs);
    } catch (error) {
      this.#noteException(error);
      return true;
    }
  }

  #noteException(error: unknown): void {
    this.violate('no exception', error instanceof Error ? error.stack! : String(error));
  }
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
