/** Runs a chart with its named effects written down and its timers fired by hand. */
import {
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  type EventObject,
  setup,
} from 'xstate';

interface Params {
  readonly partition?: number;
  readonly partitions?: readonly number[];
  readonly differences?: readonly { partition: number }[];
  readonly target?: string;
}

/** Effects that are written down instead, each with the partitions or the node it is about. */
export class Effects {
  readonly #done: string[] = [];

  named(names: readonly string[]) {
    return Object.fromEntries(names.map((name) => [name, this.#effect(name)]));
  }

  #effect(name: string) {
    return (_: unknown, params: Params = {}) => {
      const { partition, partitions, differences, target } = params;
      const about = partition ?? partitions ?? differences?.map((each) => each.partition) ?? target;
      this.#done.push(about === undefined ? name : `${name} ${about}`);
    };
  }

  /** Those since the last time. */
  take(): string[] {
    return this.#done.splice(0);
  }
}

class Timers {
  readonly #set = new Map<number, { run: () => void; ms: number }>();
  #last = 0;

  readonly clock = {
    setTimeout: (run: () => void, ms: number) => {
      this.#set.set(++this.#last, { run, ms });
      return this.#last;
    },
    clearTimeout: (id: number) => this.#set.delete(id),
  };

  /** All that are set now, or only those that were set to so many milliseconds. */
  fire(ms?: number): void {
    for (const [id, timer] of [...this.#set]) {
      if (ms !== undefined && timer.ms !== ms) continue;
      this.#set.delete(id);
      timer.run();
    }
  }
}

/** `effects`: of its children as well, if it has some that have been provided with theirs. */
export function host(machine: AnyStateMachine, names: readonly string[], effects = new Effects()) {
  const timers = new Timers();
  const actor = createActor(machine.provide({ actions: effects.named(names) }), timers);
  const facts: EventObject[] = [];
  actor.on('*', (fact) => facts.push(fact as EventObject));
  actor.start();
  return { actor, facts, ...watched(actor, effects, timers) };
}

/** The same for a chart that is somebody's child: `facts` are what it tells its parent. */
export function hostChild(machine: AnyStateMachine, names: readonly string[], input: object) {
  const timers = new Timers();
  const effects = new Effects();
  const facts: EventObject[] = [];
  const child = machine.provide({ actions: effects.named(names) });
  const parent = setup({ actors: { child } }).createMachine({
    invoke: { src: 'child', id: 'child', input },
    on: { '*': { actions: ({ event }) => note(event) } },
  });
  const note = (event: EventObject) => {
    if (!event.type.startsWith('xstate.')) facts.push(event);
  };
  const { children } = createActor(parent, timers).start().getSnapshot();
  const actor = children.child as AnyActorRef;
  return { actor, facts, ...watched(actor, effects, timers) };
}

function watched(actor: AnyActorRef, effects: Effects, timers: Timers) {
  return {
    /** Of nested states the innermost. */
    state(): string {
      const value = actor.getSnapshot().value as string | { [parent: string]: string };
      return typeof value === 'string' ? value : Object.values(value)[0]!;
    },
    /** The effects since the last time, each with the partition or the node it is about. */
    done: () => effects.take(),
    /** All that are set now, or only those that were set to so many milliseconds. */
    fireTimers: (ms?: number) => timers.fire(ms),
  };
}
