/** Histories of one register: some as a register would give them, some damaged afterwards. */
import type { Stream } from '../../sim/world/random.js';
import { apply, IMPOSSIBLE, type Operation, type State } from './register.js';

interface Options {
  readonly key: string;
  readonly operations: number;
  /** How many of them are under way at a time, on average. */
  readonly concurrency: number;
  /** Probability that the client is not told, or only told a moment after which it is over. */
  readonly unknown: number;
}

/** Each operation takes effect at some moment between its invocation and its completion. */
export function linearizableHistory(random: Stream, options: Options): Operation[] {
  const effects = Array.from({ length: options.operations }, (_, index) => {
    const at = index + random.float();
    const reach = options.concurrency * random.float();
    return { at, invoke: tick(at - reach * random.float()), complete: tick(at + reach) };
  });
  effects.sort((a, b) => a.at - b.at);
  let state: State;
  return effects.map(({ invoke, complete }, index) => {
    const isUnknown = random.chance(options.unknown);
    const hasEffect = !isUnknown || random.chance(0.5);
    const until = isUnknown && random.chance(0.7) ? Number.POSITIVE_INFINITY : complete;
    const times = { key: options.key, invoke, complete: until } as const;
    const outcome = isUnknown ? 'unknown' : 'ok';
    const operation = { ...times, outcome, ...choose(random, `${index}`, state) } as Operation;
    const after = apply(operation, state);
    if (hasEffect && after !== IMPOSSIBLE) state = after;
    return operation;
  });
}

function tick(time: number): number {
  return Math.round(time * 2);
}

/** What a client does in a state, and is told. */
function choose(random: Stream, value: string, state: State) {
  switch (random.whole(0, 5)) {
    case 0:
      return { kind: 'write', value };
    case 1:
      return { kind: 'delete' };
    case 2:
      return { kind: 'cas', expected: state, value: random.chance(0.2) ? undefined : value };
    case 3:
      return { kind: 'cas', expected: 'never', value, failed: { observed: state } };
    default:
      return { kind: 'read', observed: state };
  }
}

/** The same with one observation or one moment changed: usually, but not always, impossible. */
export function damaged(random: Stream, history: readonly Operation[]): Operation[] {
  const victim = random.whole(0, history.length - 1);
  return history.map((operation, index) =>
    index === victim ? damage(random, operation) : operation,
  );
}

function damage(random: Stream, operation: Operation): Operation {
  const other = random.chance(0.2) ? undefined : `${random.whole(0, 6)}`;
  if (operation.kind === 'read') return { ...operation, observed: other };
  if (operation.kind === 'cas' && operation.failed)
    return { ...operation, failed: { observed: other } };
  if (operation.kind === 'cas') return { ...operation, expected: other };
  const shift = random.whole(-6, 6);
  return { ...operation, invoke: operation.invoke + shift, complete: operation.complete + shift };
}
