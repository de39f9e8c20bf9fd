/** What the actions, guards and actors of a machine are called, where they have a name. */
import type { AnyStateMachine } from 'xstate';

/** What XState's own actions carry, of which a reader wants to know. */
interface BuiltIn {
  readonly type?: string;
  readonly event?: unknown;
  readonly delay?: unknown;
  readonly sendId?: unknown;
  readonly to?: unknown;
}

/** A name, or the type of an object; of a function that has no name, what kind it is. */
export function nameOf(part: unknown): string {
  if (typeof part === 'string') return part;
  const { type, name } = part as { type?: string; name?: string };
  return (type ?? name) || 'inline';
}

/** `raise(progress.due) in tellAgain` says what an action without a name does. */
export function actionNames(actions: unknown, machine: AnyStateMachine): string[] {
  const list = Array.isArray(actions) ? actions : actions === undefined ? [] : [actions];
  return list.map((action) => {
    const builtIn = typeof action === 'function' ? (action as BuiltIn) : {};
    if (!builtIn.type?.startsWith('xstate.')) return nameOf(action);
    const about = [builtIn.to, builtIn.event, builtIn.sendId].map(wordOf).filter(Boolean);
    const delay = wordOf(builtIn.delay);
    const ms = machine.implementations.delays[delay];
    const wait = typeof ms === 'number' ? `${delay} (${ms} ms)` : delay;
    return [
      `${builtIn.type.slice('xstate.'.length)}${about.length > 0 ? `(${about.join(', ')})` : ''}`,
      ...(wait ? [`in ${wait}`] : []),
    ].join(' ');
  });
}

/** Empty for what is worked out while the machine runs. */
function wordOf(part: unknown): string {
  if (typeof part === 'string' || typeof part === 'number') return String(part);
  return typeof part === 'object' && part !== null ? ((part as BuiltIn).type ?? '') : '';
}
