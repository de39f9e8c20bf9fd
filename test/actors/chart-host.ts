/** Runs a chart with its named effects written down and its timers fired by hand. */
import { type AnyStateMachine, createActor, type EventObject } from 'xstate';

export function host(machine: AnyStateMachine, effects: readonly string[]) {
  const done: string[] = [];
  const timers = new Map<number, { run: () => void; ms: number }>();
  let last = 0;
  const clock = {
    setTimeout(run: () => void, ms: number) {
      timers.set(++last, { run, ms });
      return last;
    },
    clearTimeout: (id: number) => timers.delete(id),
  };
  const effect =
    (name: string) => (_: unknown, params?: { partition?: number; target?: string }) => {
      const about = params?.partition ?? params?.target;
      done.push(about === undefined ? name : `${name} ${about}`);
    };
  const actions = Object.fromEntries(effects.map((name) => [name, effect(name)]));
  const actor = createActor(machine.provide({ actions }), { clock });
  const facts: EventObject[] = [];
  actor.on('*', (fact) => facts.push(fact as EventObject));
  actor.start();
  return {
    actor,
    facts,
    /** Of nested states the innermost. */
    state(): string {
      const value = actor.getSnapshot().value as string | { [parent: string]: string };
      return typeof value === 'string' ? value : Object.values(value)[0]!;
    },
    /** The effects since the last time, each with the partition or the node it is about. */
    done: () => done.splice(0),
    /** All that are set now, or only those that were set to so many milliseconds. */
    fireTimers(ms?: number) {
      for (const [id, timer] of [...timers]) {
        if (ms !== undefined && timer.ms !== ms) continue;
        timers.delete(id);
        timer.run();
      }
    },
  };
}
