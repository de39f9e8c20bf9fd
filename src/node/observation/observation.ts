/**
 * What a node lets others see of itself: its journal, and those who follow it.
 */
import type { FactBus } from '../../events/fact-bus.js';
import { Journal } from '../../events/journal.js';
import { type Sink, type Stream, Subscription, type Wanted } from '../../events/subscription.js';
import type { NodeView } from '../../events/view.js';
import type { Clock } from '../../ports.js';
import { every } from '../base/timers.js';
import type { NodeSettings } from '../settings.js';

/** A subscriber hears something at least this often. */
const BEAT_MS = 10_000;
/** How often the journal is told how things stand. */
const KEY_FRAME_MS = 60_000;

export class Observation {
  readonly #clock: Clock;
  readonly #journal: Journal;
  #stops: (() => void)[] = [];
  /** Those whose streams end with this node. */
  readonly #ends = new Set<() => void>();

  constructor(options: {
    settings: Pick<NodeSettings, 'self' | 'recorderBytes'>;
    clock: Clock;
    facts: FactBus;
    snapshot: () => NodeView;
  }) {
    const { settings, clock, facts, snapshot } = options;
    this.#clock = clock;
    this.#journal = new Journal({
      node: settings.self.id,
      now: () => clock.now(),
      maxBytes: settings.recorderBytes,
      snapshot,
    });
    facts.watch((fact) => this.#journal.add(fact));
  }

  /** To be called when the actors have been attached. */
  start(): void {
    this.#journal.addKeyFrame();
    this.#stops.push(every(this.#clock, KEY_FRAME_MS, () => this.#journal.addKeyFrame()));
  }

  /** Ends all streams. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    for (const end of [...this.#ends]) end();
  }

  /** Gives a subscriber what happens here, until it stops that or `ended` is called. */
  subscribe(query: Wanted, sink: Sink, ended: () => void): Stream {
    const subscription = new Subscription(this.#journal, query, sink, () => this.#clock.now());
    const stopBeat = every(this.#clock, BEAT_MS, () => subscription.beat());
    const stop = () => {
      stopBeat();
      subscription.stop();
      this.#ends.delete(end);
    };
    const end = () => {
      stop();
      ended();
    };
    this.#ends.add(end);
    return { pump: () => subscription.pump(), stop };
  }
}
