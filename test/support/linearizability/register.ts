/**
 * What clients did to one register with compare-and-set, and what its states make of it.
 *
 * A state is named by a text: the value, if all values that were written differ, or the version.
 * Undefined is the state of a key that was never written, or deleted.
 */
export type State = string | undefined;

/** Whatever value is there, but one has to be. */
export const ANY_VALUE = Symbol('any value');

interface Interval {
  readonly key: string;
  readonly invoke: number;
  /** When it was answered; if `unknown`, the last moment it can take effect, or Infinity. */
  readonly complete: number;
  /**
   * `unknown`: may have taken effect at any time from `invoke` to `complete`, or never. What
   * certainly had no effect is left out, except a failed condition, which is `ok` and saw why.
   */
  readonly outcome: 'ok' | 'unknown';
}

export type Operation = Interval &
  (
    | { readonly kind: 'read'; readonly observed: State }
    | { readonly kind: 'write'; readonly value: string }
    | { readonly kind: 'delete' }
    | {
        readonly kind: 'cas';
        readonly expected: State | typeof ANY_VALUE;
        /** Undefined deletes. */
        readonly value: State;
        /** Of a failed condition: the state that was seen instead. */
        readonly failed?: { readonly observed: State };
      }
  );

/** Stands for "cannot happen in this state". */
export const IMPOSSIBLE = Symbol('impossible');

/** The state after an operation that takes effect in `state`. */
export function apply(operation: Operation, state: State): State | typeof IMPOSSIBLE {
  switch (operation.kind) {
    case 'read':
      return operation.observed === state ? state : IMPOSSIBLE;
    case 'write':
      return operation.value;
    case 'delete':
      return undefined;
    case 'cas': {
      const { expected, value, failed } = operation;
      if (failed) return failed.observed === state ? state : IMPOSSIBLE;
      const isMet = expected === ANY_VALUE ? state !== undefined : expected === state;
      return isMet ? value : IMPOSSIBLE;
    }
  }
}

export function showState(state: State): string {
  return state === undefined ? 'nothing' : `"${state}"`;
}

export function showOperation(operation: Operation): string {
  const { invoke, complete, outcome } = operation;
  const during = `[${invoke}, ${complete === Number.POSITIVE_INFINITY ? '…' : complete}]`;
  return `${during} ${whatOf(operation)}${outcome === 'unknown' ? ' (unknown)' : ''}`;
}

function whatOf(operation: Operation): string {
  switch (operation.kind) {
    case 'read':
      return `read ${showState(operation.observed)}`;
    case 'write':
      return `write ${showState(operation.value)}`;
    case 'delete':
      return 'delete';
    case 'cas': {
      const { expected, value, failed } = operation;
      const seen = failed ? `, failed on ${showState(failed.observed)}` : '';
      const from = expected === ANY_VALUE ? 'any value' : showState(expected);
      return `cas ${from} -> ${showState(value)}${seen}`;
    }
  }
}
