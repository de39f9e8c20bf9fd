/**
 * What a node lets others see of itself: its journal, and those who follow that, here and from
 * other members.
 */
import type { NodeId } from '../../core/data/version.js';
import type { FactBus } from '../../events/fact-bus.js';
import { type Entry, type EventLog, Journal } from '../../events/journal.js';
import { entriesOf } from '../../events/mirror.js';
import {
  makeRecording,
  type Recording,
  type RecordQuery,
  withoutActorsBefore,
} from '../../events/recording.js';
import { type Sink, type Stream, Subscription, type Wanted } from '../../events/subscription.js';
import type { NodeView } from '../../events/view.js';
import type { Clock, Store } from '../../ports.js';
import { every } from '../base/timers.js';
import type { Coordinator } from '../coordinator/coordinator.js';
import type { HintsHost } from '../hints/host.js';
import type { CurrentRing } from '../ring/current-ring.js';
import type { Calls } from '../rpc/calls.js';
import type { NodeSettings } from '../settings.js';
import { DiskWatch } from './disk-watch.js';
import { EventService } from './event-service.js';
import { Followers } from './followers.js';
import type { Inspection } from './inspection.js';
import { SAMPLE_MS, Sampler } from './sampler.js';
import type { Watched } from './snapshot.js';

/** A subscriber hears something at least this often. */
const BEAT_MS = 10_000;
/** How often the journal is told how things stand. */
const KEY_FRAME_MS = 60_000;
/** A recording of many nodes does not wait longer for one of them. */
const RECORDING_MS = 5000;

export class Observation {
  readonly #clock: Clock;
  readonly #calls: Pick<Calls, 'request'>;
  readonly #inspection: Inspection;
  readonly #sampler: Sampler;
  readonly #disk: DiskWatch;
  readonly #journal: Journal;
  readonly #followers: Followers;
  /** Answers the members that follow this one. */
  readonly service: EventService;
  #stops: (() => void)[] = [];
  /** Those whose streams end with this node. */
  readonly #ends = new Set<() => void>();
  /** Facts that subscribers have missed, since the start. */
  #dropped = 0;

  constructor(options: {
    settings: Pick<NodeSettings, 'self' | 'recorderBytes'>;
    clock: Clock;
    facts: FactBus;
    rings: Pick<CurrentRing, 'current'>;
    calls: Pick<Calls, 'request'>;
    store: Pick<Store, 'isFull' | 'status'>;
    coordinator: Pick<Coordinator, 'stats' | 'inFlight'>;
    hints: Pick<HintsHost, 'status'>;
    /** Memory that the process holds, bytes. */
    residentBytes: () => number;
    inspection: Inspection;
    /** How things stand; asked for when the actors have been attached. */
    snapshot: (watched: Watched) => NodeView;
  }) {
    const { settings, clock, facts, calls, store, inspection, snapshot } = options;
    const self = settings.self.id;
    this.#clock = clock;
    this.#calls = calls;
    this.#inspection = inspection;
    this.#sampler = new Sampler({ ...options, tell: facts.tell });
    this.#disk = new DiskWatch(store, facts.tell);
    this.#journal = new Journal({
      node: self,
      now: () => clock.now(),
      maxBytes: settings.recorderBytes,
      snapshot: () => snapshot({ inspection, disk: this.#disk, sampler: this.#sampler }),
    });
    this.service = new EventService(this.#journal, clock);
    this.#followers = new Followers({ ...options, self });
    facts.watch((fact) => {
      this.#journal.add(fact);
      if (fact.type === 'ring.changed') this.#followers.ringChanged();
    });
  }

  /** To be called when the actors have been attached. */
  start(): void {
    this.#journal.addKeyFrame();
    // Two transitions a second, of 20 µs each: cheap enough to be known when something goes wrong.
    this.#stops.push(this.#inspection.watch());
    const look = () => {
      this.#sampler.take();
      this.#disk.look();
    };
    this.#stops.push(every(this.#clock, SAMPLE_MS, look));
    this.#stops.push(every(this.#clock, KEY_FRAME_MS, () => this.#journal.addKeyFrame()));
  }

  get counts(): { readonly subscribers: number; readonly dropped: number } {
    return { subscribers: this.#ends.size, dropped: this.#dropped };
  }

  /** Ends all streams. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#sampler.stop();
    this.service.stop();
    for (const end of [...this.#ends]) end();
  }

  /** Gives a subscriber what happens, until it stops that; `ended` is called if the node ends. */
  subscribe(
    query: Wanted & { readonly nodes: 'this' | 'all' },
    sink: Sink,
    ended: () => void,
  ): Stream {
    const streams = new Map<EventLog, Subscription>();
    const add = (log: EventLog, since: number | undefined) => {
      const now = () => this.#clock.now();
      const onDropped = (count: number) => {
        this.#dropped += count;
      };
      const stream = new Subscription(log, { ...query, since }, sink, { now, onDropped });
      streams.set(log, stream);
      return stream;
    };
    const own = add(this.#journal, query.since);
    const follow = () => {
      const logs = this.#followers.logs;
      for (const log of logs) if (!streams.has(log)) add(log, undefined);
      for (const [log, stream] of streams) {
        if (log === this.#journal || logs.some((each) => each === log)) continue;
        stream.stop();
        streams.delete(log);
      }
    };
    const unfollow = query.nodes === 'all' ? this.#followers.watch(follow) : () => undefined;
    const all = (run: (stream: Subscription) => void) => [...streams.values()].forEach(run);
    const stopBeat = every(this.#clock, BEAT_MS, () => own.beat());
    const stop = () => {
      stopBeat();
      unfollow();
      all((stream) => stream.stop());
      this.#ends.delete(end);
    };
    const end = () => {
      stop();
      ended();
    };
    this.#ends.add(end);
    return { pump: () => all((stream) => stream.pump()), stop };
  }

  /**
   * What happened in the last minutes, here or at all members that answer; what their actors did,
   * in `actorMinutes` of them.
   */
  record(
    { minutes, actorMinutes, nodes }: RecordQuery,
    done: (recording: Recording) => void,
  ): void {
    const madeAt = this.#clock.now();
    const wanted = (entries: readonly Entry[]) =>
      withoutActorsBefore(madeAt - actorMinutes * 60_000, entries);
    const own = this.#journal.recording(madeAt - minutes * 60_000);
    const frames = new Map([[this.#journal.node, wanted(own)]]);
    const away: { node: NodeId; reason: string }[] = [];
    const others = nodes === 'all' ? this.#followers.others : [];
    let waiting = others.length;
    const finish = () => done(makeRecording({ madeAt, minutes, frames, away }));
    if (waiting === 0) return finish();
    for (const id of others) {
      this.#calls.request(id, 'events.record', { minutes }, RECORDING_MS, (reply) => {
        try {
          if (typeof reply === 'string') away.push({ node: id, reason: reply });
          else frames.set(id, wanted(entriesOf(reply.frames, id)));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          away.push({ node: id, reason: `it sent ${error.message}` });
        }
        if (--waiting === 0) finish();
      });
    }
  }
}
