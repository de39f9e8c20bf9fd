/** Charts as tables: their states, what comes there, and what of it has been seen in a run. */
import { type AnyStateMachine, type InspectionEvent, StateMachine } from 'xstate';

/** Every state without states of its own, with the events that reach it and are not ignored. */
export function chartOf(machine: AnyStateMachine): Map<string, string[]> {
  const leaves = new Map<string, string[]>();
  const walk = (node: AnyStateMachine['root'], inherited: readonly string[]) => {
    const isIgnored = (event: string) =>
      node.transitions.get(event)?.every(({ target, actions }) => !target && actions.length === 0);
    const all = [...new Set([...inherited, ...node.ownEvents])];
    const events = all.filter((event) => !isIgnored(event));
    const children = Object.values(node.states);
    for (const child of children) walk(child, events);
    if (children.length > 0) return;
    const named = events.filter((event) => !event.startsWith('xstate.') && event !== '*');
    leaves.set(node.key, node.type === 'final' ? [] : named.sort());
  };
  walk(machine.root, []);
  return leaves;
}

/** Of nested states the innermost. */
function leafOf(value: unknown): string {
  return typeof value === 'string' ? value : leafOf(Object.values(value as object)[0]);
}

/**
 * What charts go through in this process: of each machine the states, and which event came in which
 * state. Give `inspect` to every actor that is created.
 */
export class Walk {
  readonly #seen = new Set<string>();
  readonly #watchers = new Set<(machine: string, state: string) => void>();

  constructor() {
    const seen = this.#seen;
    const { getTransitionData } = StateMachine.prototype;
    StateMachine.prototype.getTransitionData = function (snapshot, event) {
      seen.add(`${this.id} ${leafOf(snapshot.value)} ${event.type}`);
      return getTransitionData.call(this, snapshot, event);
    };
  }

  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return;
    const { id } = (event.actorRef as unknown as { logic: { id: string } }).logic;
    const state = leafOf((event.snapshot as unknown as { value: unknown }).value);
    this.#seen.add(`${id} ${state}`);
    for (const watcher of [...this.#watchers]) watcher(id, state);
  };

  /** Calls with every state that a machine of this process comes to; returns how to stop it. */
  watch(watcher: (machine: string, state: string) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** The rows of a chart's table, and the events in them, that have not been seen. */
  missing(machine: AnyStateMachine): string[] {
    const rows = [...chartOf(machine)].flatMap(([state, events]) => [
      `${machine.id} ${state}`,
      ...events.map((event) => `${machine.id} ${state} ${event}`),
    ]);
    return rows.filter((row) => !this.#seen.has(row));
  }
}
