/**
 * Whether the operations on one register can be put in an order that real time allows.
 *
 * Intuition: walk the invocations and completions in the order of time. Any operation that is
 * invoked before the first completion still in the list may be the next to take effect: try one,
 * lift both its entries out and start over from the front; a completion at the front whose
 * operation has not taken effect is a dead end, so take the last choice back and try the next.
 * The same set of operations in effect with the same state leads nowhere twice.
 *
 * References: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993); the linked list
 * and the memory of configurations are Lowe's, "Testing for Linearizability" (2017); Horn and
 * Kroening, "Faster Linearizability Checking via P-compositionality" (2015).
 *
 * What is unknown and open-ended has no completion, so nothing demands its effect. If it is bounded
 * it is dropped when its completion comes to the front.
 *
 * Rejected alternative: trying all orders. It is the oracle in the test of this file.
 */
import { apply, IMPOSSIBLE, type Operation, type State } from './register.js';

export type SearchResult =
  | { readonly verdict: 'linearizable' }
  | { readonly verdict: 'undecided' }
  | {
      readonly verdict: 'not';
      /** The longest order found, as indexes, and the state at its end. */
      readonly longest: readonly number[];
      readonly state: State;
    };

interface Entry {
  readonly index: number;
  readonly time: number;
  readonly isCompletion: boolean;
  /** The completion of an invocation, if it has one, and the other way round. */
  partner: Entry | undefined;
  previous: Entry;
  next: Entry;
}

interface Choice {
  readonly entry: Entry;
  readonly stateBefore: State;
}

/** What is left to try, counted down over several searches. */
export interface Budget {
  steps: number;
}

export function search(operations: readonly Operation[], budget: Budget): SearchResult {
  const head = link(operations);
  const effective = new BitSet(operations.length);
  const seen = new Set<string>();
  const choices: Choice[] = [];
  const required = operations.filter(({ outcome }) => outcome === 'ok').length;
  let settled = 0;
  let state: State;
  let longest: number[] = [];
  let longestState: State;
  let entry = head.next;

  const isOptional = (index: number) => operations[index]!.outcome === 'unknown';
  const choose = (chosen: Entry, after: State) => {
    choices.push({ entry: chosen, stateBefore: state });
    effective.add(chosen.index);
    if (!isOptional(chosen.index)) settled++;
    state = after;
    lift(chosen);
    entry = head.next;
  };
  const isNew = (index: number, after: State) => {
    const size = seen.size;
    return seen.add(effective.nameWith(index, after)).size > size;
  };

  while (settled < required) {
    if (budget.steps-- <= 0) return { verdict: 'undecided' };
    const operation = operations[entry.index];
    if (operation && !entry.isCompletion) {
      const after = apply(operation, state);
      if (after !== IMPOSSIBLE && isNew(entry.index, after)) choose(entry, after);
      else entry = entry.next;
      continue;
    }
    if (operation && isOptional(entry.index) && isNew(entry.index, state)) {
      // It had its time: from here on it is without effect.
      choose(entry, state);
      continue;
    }
    if (choices.length >= longest.length) {
      longest = choices.flatMap(({ entry: { index, isCompletion } }) =>
        isCompletion ? [] : [index],
      );
      longestState = state;
    }
    const last = choices.pop();
    if (!last) return { verdict: 'not', longest, state: longestState };
    state = last.stateBefore;
    effective.remove(last.entry.index);
    if (!isOptional(last.entry.index)) settled--;
    unlift(last.entry);
    // A drop was the last thing to try there: what follows it is behind a completion.
    entry = last.entry.isCompletion ? last.entry : last.entry.next;
  }
  return { verdict: 'linearizable' };
}

/** The list, by time, behind a head that is also its end; an invocation before a completion. */
function link(operations: readonly Operation[]): Entry {
  const head = entryOf(-1, Number.NaN, true);
  head.previous = head.next = head;
  const entries: Entry[] = [];
  for (const [index, { invoke, complete }] of operations.entries()) {
    const invocation = entryOf(index, invoke, false);
    entries.push(invocation);
    if (complete === Number.POSITIVE_INFINITY) continue;
    const completion = entryOf(index, complete, true);
    completion.partner = invocation;
    invocation.partner = completion;
    entries.push(completion);
  }
  entries.sort((a, b) => a.time - b.time || Number(a.isCompletion) - Number(b.isCompletion));
  for (const entry of entries) {
    entry.previous = head.previous;
    entry.next = head;
    relink(entry);
  }
  return head;
}

function entryOf(index: number, time: number, isCompletion: boolean): Entry {
  // The neighbours follow as it is linked in.
  return { index, time, isCompletion, partner: undefined } as Entry;
}

/** Both entries of an operation. */
function lift(entry: Entry): void {
  unlink(entry);
  if (entry.partner) unlink(entry.partner);
}

/** Exactly in reverse. */
function unlift(entry: Entry): void {
  if (entry.partner) relink(entry.partner);
  relink(entry);
}

function unlink(entry: Entry): void {
  entry.previous.next = entry.next;
  entry.next.previous = entry.previous;
}

function relink(entry: Entry): void {
  entry.previous.next = entry;
  entry.next.previous = entry;
}

class BitSet {
  readonly #words: Int32Array;

  constructor(size: number) {
    this.#words = new Int32Array((size + 31) >>> 5);
  }

  add(index: number): void {
    this.#words[index >>> 5]! |= 1 << (index & 31);
  }

  remove(index: number): void {
    this.#words[index >>> 5]! &= ~(1 << (index & 31));
  }

  /** Of the set with one more in it, and a state beside it. */
  nameWith(index: number, state: State): string {
    this.add(index);
    const name = `${this.#words.join()}${state === undefined ? '' : `:${state}`}`;
    this.remove(index);
    return name;
  }
}
