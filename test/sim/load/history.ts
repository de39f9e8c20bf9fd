/**
 * What clients asked and what they were told, in simulated time: the only thing a client could ever
 * hold against the store.
 */

import { formatVersion, type Version } from '../../../src/core/data/version.js';
import type { FailureCode, Level } from '../../../src/core/requests.js';

export interface Operation {
  readonly id: number;
  readonly kind: 'write' | 'delete' | 'read';
  readonly key: string;
  /** What a write stores: unique in the whole history. */
  readonly value: string | undefined;
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
  /** What a read saw; undefined if there was nothing, or a tombstone. */
  found: string | undefined;
}

export interface HistoryObserver {
  invoked?(operation: Operation): void;
  completed?(operation: Operation): void;
}

export class History {
  readonly operations: Operation[] = [];
  readonly observers: HistoryObserver[] = [];
  /** The write of each value. */
  readonly writeOf = new Map<string, Operation>();

  invoke(request: Pick<Operation, 'kind' | 'key' | 'level' | 'machine'>, nowMs: number): Operation {
    const id = this.operations.length;
    const value = request.kind === 'write' ? `value ${id}` : undefined;
    const operation: Operation = {
      ...request,
      id,
      value,
      invokedAt: nowMs,
      completedAt: Number.POSITIVE_INFINITY,
      outcome: 'open',
      code: undefined,
      version: undefined,
      epoch: undefined,
      found: undefined,
    };
    this.operations.push(operation);
    if (value !== undefined) this.writeOf.set(value, operation);
    for (const observer of this.observers) observer.invoked?.(operation);
    return operation;
  }

  complete(
    operation: Operation,
    result: Partial<Pick<Operation, 'outcome' | 'code' | 'version' | 'epoch' | 'found'>>,
    nowMs: number,
  ): void {
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
