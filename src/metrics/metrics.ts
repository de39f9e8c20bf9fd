/** The metrics of a node: counts while it runs, and reads everything else when it is scraped. */
import type { Measures } from '../core/measures.js';
import type { Fact } from '../events/facts.js';
import type { Clock, StoreStatus } from '../ports.js';
import { EventLoopLag } from './event-loop-lag.js';
import { expose } from './exposition.js';
import { FactCounts } from './fact-counts.js';
import type { CommitHistograms, PeerQueues, Sample } from './row.js';

/** A scrape does not wait longer for a disk that hangs. */
const STORE_ANSWER_MS = 1000;

export interface MetricSources {
  readonly version: string;
  /** Wall clock, ms since 1970. */
  readonly processStartedAt: number;
  readonly clock: Clock;
  readonly node: {
    measures(): Measures;
    storeStatus(done: (status: StoreStatus) => void): void;
    watch(watcher: (fact: Fact) => void): () => void;
  };
  readonly commits: CommitHistograms;
  readonly transport: PeerQueues;
  readonly door: { readonly problems: { readonly [code: string]: number } };
}

export class Metrics {
  readonly #sources: MetricSources;
  readonly #facts = new FactCounts();
  readonly #lag: EventLoopLag;
  readonly #unwatch: () => void;
  #storeStatus: StoreStatus | undefined;

  /** Counts from now on, until it is closed. */
  constructor(sources: MetricSources) {
    this.#sources = sources;
    this.#lag = new EventLoopLag(sources.clock);
    this.#unwatch = sources.node.watch(this.#facts.note);
  }

  /** In the text format of Prometheus. */
  async scrape(): Promise<string> {
    const { version, processStartedAt, node, commits, transport, door } = this.#sources;
    const isUp = await this.#askStore();
    const sample: Sample = {
      version,
      processStartedAt,
      node: node.measures(),
      facts: this.#facts,
      store: { isUp, status: this.#storeStatus, commits },
      transport,
      problems: door.problems,
      lag: this.#lag,
    };
    return expose(sample);
  }

  close(): void {
    this.#lag.stop();
    this.#unwatch();
  }

  /** Whether it has answered in time. */
  #askStore(): Promise<boolean> {
    const { clock, node } = this.#sources;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => resolve(false), STORE_ANSWER_MS);
      node.storeStatus((status) => {
        clock.clearTimeout(timer);
        this.#storeStatus = status;
        resolve(true);
      });
    });
  }
}
