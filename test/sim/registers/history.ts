/** What clients did to registers and counters, and what they were told. */

import { formatVersion, type Version } from '../../../src/core/data/version.js';
import type { Condition, FailureCode } from '../../../src/core/requests.js';
import { ANY_VALUE, type State, showState } from '../../support/linearizability/register.js';

export type RegisterRequest = { readonly key: string; readonly machine: string } & (
  | { readonly kind: 'read' }
  /** Without a value they delete. */
  | { readonly kind: 'write'; readonly value: State }
  | {
      readonly kind: 'cas';
      readonly value: State;
      readonly condition: Condition;
      /** What the condition stands for. */
      readonly expected: State | typeof ANY_VALUE;
    }
);

export type RegisterOperation = RegisterRequest & {
  readonly id: number;
  readonly invokedAt: number;
  completedAt: number;
  /** `failed`: the condition does not hold. `no`: certainly without effect. */
  outcome: 'open' | 'ok' | 'failed' | 'no' | 'unknown';
  code: FailureCode | undefined;
  /** What was read, was stored, or was there instead; undefined if nothing was there. */
  version: Version | undefined;
  /** Of a write: the ring epoch in which it was acknowledged. */
  epoch: number | undefined;
  /** Of a read. */
  found: State;
};

export type RegisterResult = Pick<RegisterOperation, 'outcome'> &
  Partial<Pick<RegisterOperation, 'code' | 'version' | 'epoch' | 'found'>>;

export interface RegisterObserver {
  invoked?(operation: RegisterOperation): void;
  completed?(operation: RegisterOperation): void;
  /** For now nobody uses the key any more, and nothing is under way on it. */
  retired?(key: string): void;
}

export class RegisterHistory {
  readonly #byKey = new Map<string, RegisterOperation[]>();
  readonly #open = new Map<string, number>();
  readonly #retired = new Set<string>();
  readonly observers: RegisterObserver[] = [];
  /** How much has been checked, for the record. */
  readonly checked = {
    operations: 0,
    keys: 0,
    undecided: 0,
    counters: 0,
    retried: 0,
    neverMade: 0,
  };
  #next = 0;

  get keys(): string[] {
    return [...this.#byKey.keys()];
  }

  of(key: string): readonly RegisterOperation[] {
    return this.#byKey.get(key) ?? [];
  }

  /** A number for each operation. */
  nextId(): number {
    return this.#next++;
  }

  invoke(id: number, request: RegisterRequest, nowMs: number): RegisterOperation {
    const operation: RegisterOperation = {
      ...request,
      id,
      invokedAt: nowMs,
      completedAt: Number.POSITIVE_INFINITY,
      outcome: 'open',
      code: undefined,
      version: undefined,
      epoch: undefined,
      found: undefined,
    };
    const { key } = request;
    const operations = this.#byKey.get(key);
    if (operations) operations.push(operation);
    else this.#byKey.set(key, [operation]);
    this.#open.set(key, (this.#open.get(key) ?? 0) + 1);
    for (const observer of this.observers) observer.invoked?.(operation);
    return operation;
  }

  complete(operation: RegisterOperation, result: RegisterResult, nowMs: number): void {
    Object.assign(operation, result);
    operation.completedAt = nowMs;
    const { key } = operation;
    this.#open.set(key, this.#open.get(key)! - 1);
    for (const observer of this.observers) observer.completed?.(operation);
    if (this.#retired.has(key)) this.#tellIfRetired(key);
  }

  retire(key: string): void {
    this.#retired.add(key);
    this.#tellIfRetired(key);
  }

  #tellIfRetired(key: string): void {
    if (this.#open.get(key) === 0) for (const observer of this.observers) observer.retired?.(key);
  }
}

export function showRegisterOperation(operation: RegisterOperation): string {
  const { id, key, machine, outcome, code, version, found, kind } = operation;
  const what = ((): string => {
    if (kind === 'read') return outcome === 'ok' ? `read ${showState(found)}` : 'read';
    const to = showState(operation.value);
    if (kind === 'write') return `write ${to}`;
    const { condition, expected } = operation;
    if (condition.kind === 'absent') return `if absent write ${to}`;
    return `if ${expected === ANY_VALUE ? 'present' : showState(expected)} write ${to}`;
  })();
  const at = version ? ` at ${formatVersion(version)}` : '';
  return `r${id} ${key} by ${machine}: ${what}: ${outcome}${code ? ` ${code}` : ''}${at}`;
}
