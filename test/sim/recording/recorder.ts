/**
 * Takes a run down: what its nodes tell, as their own recordings have it, and between that what
 * only the simulator knows. A run that is recorded is the same run.
 *
 * All of it has the time of the world, so that one can see what was first; what a node believes of
 * the time is put right where it says so in a snapshot.
 */
import type { NodeId } from '../../../src/core/data/version.js';
import { type Entry, Journal } from '../../../src/events/journal.js';
import { type Recording, writeRecording } from '../../../src/events/recording.js';
import type { RunFrame } from '../../../src/events/run-frame.js';
import type { NodeView } from '../../../src/events/view.js';
import type { Scene } from '../checkers/checker.js';
import { snapshotOf } from '../checkers/events.js';
import type { ClusterObserver } from '../cluster/cluster.js';
import type { Machine } from '../cluster/machine.js';
import type { Operation } from '../load/history.js';
import type { MessageObserver } from '../network/message-observer.js';
import type { RegisterOperation } from '../registers/history.js';
import { BEGINNING_MS } from '../world/clock.js';
import type { FaultObserver, World } from '../world/world.js';
import { KeptFrames } from './kept-frames.js';

/** How often a node is asked how things stand, so that a fold may begin there. */
const KEY_FRAME_MS = 60_000;

type Said<F> = F extends unknown ? Omit<F, 'node' | 'at'> : never;

/** Of either history. */
type Request = Operation | RegisterOperation;

export class Recorder {
  readonly #frames: KeptFrames;
  readonly #machines: { [machine: string]: NodeId[] } = {};
  readonly #journals = new Map<Machine, Journal>();
  #world!: World;
  #keyFrameAt = KEY_FRAME_MS;

  /** `maxBytes`: of text; beyond them the oldest frames are dropped. */
  constructor(maxBytes: number) {
    this.#frames = new KeptFrames(maxBytes);
  }

  /** Before the first process begins. */
  watch({ world, cluster, history, registers }: Scene): void {
    this.#world = world;
    world.network.observer = this.#messages();
    world.faultObserver = this.#faults();
    cluster.observers.push(this.#processes());
    history.observers.push(this.#requests((id) => `#${id}`));
    registers.observers.push(this.#requests((id) => `r${id}`));
  }

  /** Now and then, between what happens. */
  sample(): void {
    if (this.#world.now < this.#keyFrameAt) return;
    this.#keyFrameAt += KEY_FRAME_MS;
    for (const journal of this.#journals.values()) this.#takeSnapshot(journal);
  }

  /** How things stand at those that run now. */
  get views(): { readonly [node: NodeId]: NodeView } {
    const running = [...this.#journals].map(([machine, { node }]) => [node, this.#viewOf(machine)]);
    return Object.fromEntries(running);
  }

  finish(): Recording {
    const { violation, seed, now } = this.#world;
    if (violation) {
      const { invariant, detail } = violation;
      this.#say('', { type: 'violation', invariant, detail });
    }
    const { frames, dropped } = this.#frames.finish();
    const run = { seed, machines: this.#machines, dropped };
    const head = { madeAt: this.#at, minutes: Math.ceil(now / 60_000), away: [], run };
    return writeRecording(head, frames);
  }

  /** To the microsecond. */
  get #at(): number {
    return Math.round((BEGINNING_MS + this.#world.now) * 1000) / 1000;
  }

  #say(node: NodeId, said: Said<RunFrame>): void {
    const { type, ...fields } = said;
    this.#frames.add({ text: JSON.stringify({ type, at: this.#at, node, ...fields }) });
  }

  #messages(): MessageObserver {
    let last = 0;
    return {
      sent: (node, to, message, bytes) => {
        const id = ++last;
        this.#say(node, { type: 'message.sent', id, to, message, bytes });
        return id;
      },
      arrived: (id, node) => this.#say(node, { type: 'message.arrived', id }),
      lost: (id, node, reason) => this.#say(node, { type: 'message.lost', id, reason }),
    };
  }

  #faults(): FaultObserver {
    let last = 0;
    return (what, where) => {
      const fault = { id: ++last, what, where };
      this.#say('', { type: 'fault.began', ...fault });
      return () => this.#say('', { type: 'fault.ended', ...fault });
    };
  }

  #processes(): ClusterObserver {
    return {
      started: ({ name: machine }, { identity: { id, incarnation } }) => {
        this.#machines[machine] ??= [];
        if (this.#machines[machine].at(-1) !== id) this.#machines[machine].push(id);
        this.#say(id, { type: 'process.started', machine, incarnation });
      },
      booted: (machine, { identity: { id: node } }) => {
        const snapshot = () => this.#viewOf(machine);
        // Only to number and write down; what is kept is kept here.
        const journal = new Journal({ node, now: () => this.#at, maxBytes: 0, snapshot });
        journal.watch((entry) => this.#add(node, entry));
        this.#journals.set(machine, journal);
        this.#takeSnapshot(journal);
      },
      fact: (machine, fact) => this.#journals.get(machine)?.add(fact),
      ended: (machine, { identity: { id } }, how) => {
        const { name } = machine;
        this.#journals.delete(machine);
        if (how === 'shut down') this.#say(id, { type: 'process.stopped', machine: name });
        else this.#say(id, { type: 'process.killed', machine: name, how });
      },
    };
  }

  #takeSnapshot(journal: Journal): void {
    for (const entry of journal.begin()) this.#add(journal.node, entry);
  }

  #add(node: NodeId, { type, text }: Entry): void {
    this.#frames.add({ text, node, isSnapshot: type === 'snapshot' });
  }

  #viewOf({ running, options: { wall } }: Machine): NodeView {
    return withTime(snapshotOf(running!), this.#at - wall.now());
  }

  #requests(name: (id: number) => string) {
    const asked = new Map<number, NodeId>();
    return {
      invoked: (request: Request) => {
        const { id, machine, kind: operation, key } = request;
        const level = 'level' in request ? String(request.level) : 'linearizable';
        const node = this.#machines[machine]!.at(-1)!;
        asked.set(id, node);
        this.#say(node, { type: 'request.began', id: name(id), operation, key, level });
      },
      completed: ({ id, outcome, code }: Request) => {
        const answer = { outcome, code: code ?? '' };
        this.#say(asked.get(id)!, { type: 'request.ended', id: name(id), ...answer });
        asked.delete(id);
      },
    };
  }
}

/** Its times by a clock that is so much ahead, ms. */
function withTime(view: NodeView, aheadMs: number): NodeView {
  const moved = <T extends { since: number }>(all: { readonly [name: string]: T }) =>
    Object.fromEntries(
      Object.entries(all).map(([name, one]) => {
        return [name, { ...one, since: Math.round(one.since + aheadMs) }];
      }),
    );
  return { ...view, members: moved(view.members), actors: moved(view.actors) };
}
