/**
 * Clients that walk through all keys, page by page, each page at whatever node they come upon,
 * while keys come and go between those that stay. Whoever is refused a page asks another node for
 * it, a few times.
 */
import { ALL_KEYS, type KeyRange, restOf } from '../../../src/core/data/key-range.js';
import type { Failure, Listed } from '../../../src/core/requests.js';
import type { Scene } from '../checkers/checker.js';
import type { Machine } from '../cluster/machine.js';
import { ask } from '../load/ask.js';
import { insist } from '../load/insist.js';
import type { Workload } from '../load/workload.js';
import { type ListRun, showRun } from './history.js';
import type { ListOptions } from './options.js';

const TIMEOUT_MS = 2000;
const MOST_TRIES = 5;
const BEFORE_RETRY_MS = 300;

export class ListClients {
  readonly #scene: Scene;
  readonly #workload: Workload;
  readonly #options: ListOptions | undefined;
  readonly #random;
  readonly #lasting: readonly string[];
  readonly #passing: readonly string[];
  #stopped = false;

  constructor(scene: Scene, workload: Workload) {
    this.#scene = scene;
    this.#workload = workload;
    this.#options = scene.options.lists;
    this.#random = scene.world.stream('lists');
    const { lasting = 0, passing = 0 } = this.#options ?? {};
    // In key order one stands between two others.
    const named = (count: number, what: string) =>
      Array.from({ length: count }, (_, index) => `list ${String(index).padStart(2, '0')} ${what}`);
    this.#lasting = named(lasting, 'stays');
    this.#passing = named(passing, 'passes');
    workload.otherKeys.push(...this.#lasting, ...this.#passing);
  }

  start(): void {
    if (!this.#options) return;
    for (const key of this.#lasting) this.#write('write', key, true);
    for (const key of this.#passing) this.#comeAndGo(key);
    for (let client = 0; client < this.#options.clients; client++) this.#think();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Every node has to list what there is, by `limit`. */
  async listAll(limit: number): Promise<void> {
    const { world, cluster } = this.#scene;
    if (!this.#options) return;
    for (const machine of cluster.running) {
      await insist(world, machine, {
        ...{ invariant: 'every node serves every key', limit },
        attempt: (_, ended) =>
          this.#walk([machine], 2, (run) =>
            ended(run.outcome === 'complete' ? undefined : showRun(run)),
          ),
      });
    }
  }

  #later(meanMs: number, act: () => void): void {
    this.#scene.world.scheduler.after(this.#random.exponential(meanMs), () => {
      if (!this.#stopped) act();
    });
  }

  /** One that has to be made is tried until it is. */
  #write(kind: 'write' | 'delete', key: string, isNeeded: boolean, ended = () => {}): void {
    const machine = this.#random.pick(this.#scene.cluster.machines);
    const again = () => this.#later(BEFORE_RETRY_MS, () => this.#write(kind, key, isNeeded, ended));
    if (!machine.running) return again();
    const request = { kind, key, level: 'quorum' } as const;
    this.#workload.request(machine, machine.running, request, TIMEOUT_MS, ({ outcome }) => {
      if (isNeeded && outcome !== 'ok') again();
      else ended();
    });
  }

  #comeAndGo(key: string): void {
    const kind = this.#random.chance(0.5) ? 'write' : 'delete';
    const { thinkMs = 0 } = this.#options ?? {};
    this.#write(kind, key, false, () => this.#later(thinkMs, () => this.#comeAndGo(key)));
  }

  #think(): void {
    const { thinkMs = 0, limit = 1 } = this.#options ?? {};
    this.#later(thinkMs, () =>
      this.#walk(this.#scene.cluster.machines, limit, () => this.#think()),
    );
  }

  /** Through all keys, by any of these machines; `ended` is called once. */
  #walk(machines: readonly Machine[], limit: number, ended: (run: ListRun) => void): void {
    const { world, lists } = this.#scene;
    const reverse = this.#random.chance(0.3);
    const run = lists.begin({ reverse, limit }, world.now);
    const end = (outcome: 'complete' | 'failed') => {
      lists.end(run, outcome);
      if (world.trace.on) world.note('client', showRun(run));
      world.trace.mix(run.entries.length);
      ended(run);
    };
    const goOn = (range: KeyRange, tries: number) => {
      this.#page(this.#random.pick(machines), run, range, (page) => {
        if (!page) {
          if (tries === MOST_TRIES) return end('failed');
          const after = this.#random.exponential(BEFORE_RETRY_MS);
          return void world.scheduler.after(after, () => goOn(range, tries + 1));
        }
        run.pages++;
        for (const { key, version } of page.keys) {
          run.entries.push({ key: key.toString(), version });
        }
        const { next } = page;
        if (!next) return end('complete');
        // In the end there is nothing more to happen between two pages, and many to list them all.
        const meanMs = this.#stopped ? 0 : (this.#options?.pauseMs ?? 0);
        const pauseMs = this.#random.exponential(meanMs);
        world.scheduler.after(pauseMs, () => goOn(restOf(range, next, reverse), 1));
      });
    };
    goOn(ALL_KEYS, 1);
  }

  /** `answer` gets nothing if the page could not be had. */
  #page(
    { running }: Machine,
    run: ListRun,
    range: KeyRange,
    answer: (page: Listed | undefined) => void,
  ): void {
    if (!running) return answer(undefined);
    const withValues = this.#random.chance(0.3);
    const { reverse, limit } = run;
    const request = { range, reverse, limit, withValues } as const;
    ask<Listed | Failure>(this.#scene.world, running, {
      timeoutMs: TIMEOUT_MS,
      send: (done) =>
        running.node.list({ ...request, level: 'quorum', timeoutMs: TIMEOUT_MS }, done),
      ended: (outcome) => answer(outcome?.ok ? outcome : undefined),
      show: () => showRun(run),
    });
  }
}
