/**
 * What clients asked and what they were told, in simulated time: the only thing a client could ever
 * hold against the store.
 */

import { formatVersion, type Version } from '../../../src/core/data/version.js';
import type { FailureCode, Level } from '../../../src/core/requests.js';
import { nameOfValue } from './values.js';

export interface Operation {
  readonly id: number;
  readonly kind: 'write' | 'delete' | 'read';
  readonly key: string;
  /** What a write stores: unique in the whole history. Stands for more bytes: `values.ts`. */
  readonly value: string | undefined;
  /** A write's value lives so long; undefined: for ever. */
  readonly ttlMs: number | undefined;
  readonly level: Level;
  readonly machine: string;
  readonly invokedAt: number;
  completedAt: number;
  /** `no`: certainly not applied. `unknown` is also what nobody answered in time. */
  outcome: 'open' | 'ok' | 'no' | 'unknown';
  code: FailureCode | undefined;
  /** Of a write the version it got; of a read the one it saw, if it saw any. */
  version: Version | undefined;
  /** Of a write: the ring epoch in which it was acknowledged. */
  epoch: number | undefined;
  /** What a read saw; undefined if there was nothing, a tombstone, or what has expired. */
  found: string | undefined;
  /** What the version stands for that a read found, whether it was shown or has expired. */
  held: string | undefined;
  /** Of what a read found: when it expires, in milliseconds since 1970, and if it was said to. */
  expiry: { readonly atMs: number; readonly hasExpired: boolean } | undefined;
  /** Of a write, as it was told: by `any` perhaps less than was hoped for. */
  reached: string | undefined;
  /** Sent again before its first try had ended: that one may be made, too, as late as it likes. */
  isRetried: boolean;
}

/** What a client asks for. */
export type Request = Pick<Operation, 'kind' | 'key' | 'level'> & {
  readonly ttlMs?: number | undefined;
  /** Of the value, if it is to be large. */
  readonly bytes?: number | undefined;
};

export type Result = Partial<
  Pick<
    Operation,
    'outcome' | 'code' | 'version' | 'epoch' | 'found' | 'held' | 'expiry' | 'reached'
  >
>;

export interface HistoryObserver {
  invoked?(operation: Operation): void;
  completed?(operation: Operation): void;
}

export class History {
  readonly operations: Operation[] = [];
  readonly observers: HistoryObserver[] = [];
  /** The write of each value. */
  readonly writeOf = new Map<string, Operation>();

  invoke(request: Request, machine: string, nowMs: number): Operation {
    const id = this.operations.length;
    const { kind, key, level, ttlMs, bytes } = request;
    const value = kind === 'write' ? nameOfValue(id, bytes) : undefined;
    const operation: Operation = {
      ...{ id, kind, key, level, machine, ttlMs, value },
      invokedAt: nowMs,
      completedAt: Number.POSITIVE_INFINITY,
      outcome: 'open',
      code: undefined,
      version: undefined,
      epoch: undefined,
      found: undefined,
      held: undefined,
      expiry: undefined,
      reached: undefined,
      isRetried: false,
    };
    this.operations.push(operation);
    if (value !== undefined) this.writeOf.set(value, operation);
    for (const observer of this.observers) observer.invoked?.(operation);
    return operation;
  }

  complete(operation: Operation, result: Result, nowMs: number): void {
    Object.assign(operation, result);
    operation.completedAt = nowMs;
    for (const observer of this.observers) observer.completed?.(operation);
  }
}

export function showOperation(operation: Operation): string {
  const { id, kind, key, machine, level, outcome, code, version, found } = operation;
  const seen = kind === 'read' && outcome === 'ok' ? ` found ${found ?? 'nothing'}` : '';
  const at = version ? ` at ${formatVersion(version)}` : '';
  const what = `#${id} ${kind} ${key} by ${machine} (${level})`;
  return `${what}: ${outcome}${code ? ` ${code}` : ''}${seen}${at}`;
}
