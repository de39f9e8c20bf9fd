/**
 * Registers are linearizable, each for itself (see `test/support/linearizability`), what their
 * clients were told fits together, and counters come to what was acknowledged.
 *
 * A failed condition is answered with the version that was there; which value it stands for is
 * known from the records that nodes store.
 */
import { decodeRecord, type EncodedRecord, recordKey } from '../../../../src/core/data/record.js';
import { compareVersions, formatVersion, type Version } from '../../../../src/core/data/version.js';
import { checkLinearizable } from '../../../support/linearizability/checker.js';
import type { Operation, State } from '../../../support/linearizability/register.js';
import { numberIn } from '../../registers/clients.js';
import { type RegisterOperation, showRegisterOperation } from '../../registers/history.js';
import type { Check, Scene } from '../checker.js';
import { lackOfHolders } from './holders.js';

/** About a second. */
const STEPS = 1_000_000;

export const registersAreLinearizable: Check = (scene, violated) => {
  const { registers } = scene;
  const states = new Map<string, State>();

  function toBeChecked(operation: RegisterOperation): Operation[] {
    const { key, kind, outcome, invokedAt: invoke, version } = operation;
    const isUnknown = outcome === 'unknown' || outcome === 'open';
    if (outcome === 'no' || (isUnknown && kind === 'read')) return [];
    const complete = isUnknown ? Number.POSITIVE_INFINITY : operation.completedAt;
    const common = { key, invoke, complete, outcome: isUnknown ? 'unknown' : 'ok' } as const;
    if (kind === 'read') return [{ ...common, kind, observed: operation.found }];
    const { value } = operation;
    if (kind === 'write') {
      return [value === undefined ? { ...common, kind: 'delete' } : { ...common, kind, value }];
    }
    const { expected } = operation;
    if (outcome !== 'failed') return [{ ...common, kind, expected, value }];
    const name = version && nameOf(key, version);
    if (name !== undefined && !states.has(name)) return [];
    const observed = name === undefined ? undefined : states.get(name);
    return [{ ...common, kind, expected, value, failed: { observed } }];
  }

  function check(operations: readonly Operation[]): 'linearizable' | 'undecided' | 'not' {
    const result = checkLinearizable(operations, { steps: STEPS });
    if (result.verdict === 'not') violated(result.explanation);
    return result.verdict;
  }

  registers.observers.push({
    completed(operation) {
      const fault = faultIn(scene, operation);
      if (fault) violated(`${showRegisterOperation(operation)}: ${fault}`);
    },
    retired: (key) => void check(registers.of(key).flatMap(toBeChecked)),
  });

  return {
    invariant: 'registers are linearizable',
    storing(_, record) {
      const key = recordKey(record).toString();
      if (registers.of(key).length > 0) learn(states, key, record);
    },
    end() {
      const { checked } = registers;
      for (const key of registers.keys) {
        checked.keys++;
        const operations = registers.of(key).flatMap(toBeChecked);
        checked.operations += operations.length;
        if (check(operations) === 'undecided') checked.undecided++;
        if (!key.startsWith('counter')) continue;
        checked.counters++;
        const fault = miscounted(registers.of(key));
        if (fault) violated(`${key}: ${fault}`);
      }
    },
  };
};

function nameOf(key: string, version: Version): string {
  return `${key} ${formatVersion(version)}`;
}

function learn(states: Map<string, State>, key: string, record: EncodedRecord): void {
  const { version, tombstone, value } = decodeRecord(record);
  states.set(nameOf(key, version), tombstone ? undefined : Buffer.from(value).toString());
}

/** What a single answer shows to be wrong. */
function faultIn(scene: Scene, operation: RegisterOperation): string | undefined {
  const { kind, key, outcome, version, epoch } = operation;
  if (outcome === 'failed' && kind === 'cas') {
    const { condition } = operation;
    const isMet =
      condition.kind === 'matches'
        ? version && condition.versions.some((each) => compareVersions(each, version) === 0)
        : condition.kind === (version ? 'present' : 'absent');
    return isMet ? 'the condition holds' : undefined;
  }
  if (kind === 'read' || outcome !== 'ok') return undefined;
  return lackOfHolders(scene, { key, version: version!, epoch });
}

/** Each increment that was acknowledged counts, and each that is unknown may. */
function miscounted(operations: readonly RegisterOperation[]): string | undefined {
  const last = operations.findLast(({ kind, outcome }) => kind === 'read' && outcome === 'ok');
  if (!last) return undefined;
  const increments = operations.filter(({ kind }) => kind === 'cas');
  const acknowledged = increments.filter(({ outcome }) => outcome === 'ok').length;
  const unknown = increments.filter(({ outcome }) => outcome === 'unknown').length;
  const counted = numberIn(last.found);
  if (counted >= acknowledged && counted <= acknowledged + unknown) return undefined;
  return `${counted} although ${acknowledged} were acknowledged and ${unknown} are unknown`;
}
