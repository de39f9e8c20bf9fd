/**
 * Whether a history over many keys is linearizable: each key is a register for itself, and a
 * history is linearizable exactly if that of every key is (Herlihy and Wing, 1990, theorem 1).
 */
import { type Operation, showOperation, showState } from './register.js';
import { type Budget, type SearchResult, search } from './search.js';

export type Verdict =
  | { readonly verdict: 'linearizable' }
  /** The budget did not do for these keys. */
  | { readonly verdict: 'undecided'; readonly keys: readonly string[] }
  /** `explanation`: for a person, several lines. */
  | { readonly verdict: 'not'; readonly key: string; readonly explanation: string };

/** `steps`: how much is tried for one key before it is given up; a step takes about 1 µs. */
export function checkLinearizable(
  history: readonly Operation[],
  { steps = 1_000_000 }: { steps?: number } = {},
): Verdict {
  const undecided: string[] = [];
  for (const [key, all] of byKey(history)) {
    // Of what nobody knows to have been read nothing follows.
    const operations = all.filter(({ kind, outcome }) => kind !== 'read' || outcome === 'ok');
    const result = search(operations, { steps });
    if (result.verdict === 'undecided') undecided.push(key);
    if (result.verdict === 'not') {
      return { verdict: 'not', key, explanation: explain(key, operations, { steps }) };
    }
  }
  if (undecided.length > 0) return { verdict: 'undecided', keys: undecided };
  return { verdict: 'linearizable' };
}

function byKey(history: readonly Operation[]): Map<string, Operation[]> {
  const keys = new Map<string, Operation[]>();
  for (const operation of history) {
    const operations = keys.get(operation.key);
    if (operations) operations.push(operation);
    else keys.set(operation.key, [operation]);
  }
  return keys;
}

/** What is known at a moment: what was not answered by then may still take effect. */
function until(moment: number, operations: readonly Operation[]): Operation[] {
  return operations.flatMap((operation): Operation[] => {
    if (operation.invoke > moment) return [];
    if (operation.complete <= moment) return [operation];
    const isObservation =
      operation.kind === 'read' || (operation.kind === 'cas' && operation.failed);
    if (isObservation) return [];
    return [{ ...operation, outcome: 'unknown', complete: Number.POSITIVE_INFINITY }];
  });
}

/** The shortest beginning of the history that is not linearizable, and where it gets stuck. */
function explain(key: string, operations: readonly Operation[], budget: Budget): string {
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  answered.sort((a, b) => a.complete - b.complete);
  let low = 0;
  let high = answered.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const prefix = until(answered[middle]!.complete, operations);
    if (search(prefix, { ...budget }).verdict === 'not') high = middle;
    else low = middle + 1;
  }
  const culprit = answered[high]!;
  const prefix = until(culprit.complete, operations);
  const result = search(prefix, { ...budget });
  const lines = [
    `key ${key} is not linearizable once this was answered: ${showOperation(culprit)}`,
  ];
  return [...lines, ...(result.verdict === 'not' ? stuck(prefix, result) : [])].join('\n');
}

const SHOWN = 12;

function stuck(
  operations: readonly Operation[],
  { longest, state }: SearchResult & { verdict: 'not' },
): string[] {
  const placed = new Set(longest);
  const order = longest.slice(-SHOWN).map((index) => `  ${showOperation(operations[index]!)}`);
  const rest = operations.filter((_, index) => !placed.has(index));
  rest.sort((a, b) => a.invoke - b.invoke);
  const omitted = longest.length - order.length;
  return [
    `the longest possible order has ${longest.length} of ${operations.length} operations` +
      `${omitted > 0 ? `, the last ${SHOWN} of them` : ''}:`,
    ...order,
    `then it holds ${showState(state)}, and none of these can follow:`,
    ...rest.slice(0, SHOWN).map((operation) => `  ${showOperation(operation)}`),
  ];
}
