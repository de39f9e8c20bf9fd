/**
 * What a read returns was written to that key, under the version that its writer was told, and not
 * by a write that was said to be certainly not applied. One version stands for one value.
 */
import { formatVersion } from '../../../../src/core/data/version.js';
import { type Operation, showOperation } from '../../load/history.js';
import type { Check } from '../checker.js';

export const honestOutcomes: Check = ({ history }, violated) => {
  const seen = new Map<string, string | undefined>();
  const readValues = new Map<string, Operation>();

  function pair(operation: Operation, value: string | undefined): void {
    const name = `${operation.key} ${formatVersion(operation.version!)}`;
    if (!seen.has(name)) seen.set(name, value);
    else if (seen.get(name) !== value) {
      violated(`${showOperation(operation)}: the version also stands for ${seen.get(name)}`);
    }
  }

  return {
    invariant: 'outcomes are honest',
    completed(operation) {
      const { kind, outcome, value, held: found, version, key } = operation;
      if (kind !== 'read') {
        if (outcome === 'ok') pair(operation, value);
        const read = value === undefined ? undefined : readValues.get(value);
        if (outcome === 'no' && read) {
          violated(`${showOperation(operation)}, but ${showOperation(read)}`);
        }
        return;
      }
      if (outcome !== 'ok' || !version) return;
      pair(operation, found);
      if (found === undefined) return;
      const write = history.writeOf.get(found);
      if (!write || write.key !== key)
        return violated(`${showOperation(operation)}: never written`);
      if (write.outcome === 'no') {
        violated(`${showOperation(operation)}, but ${showOperation(write)}`);
      }
      readValues.set(found, operation);
    },
  };
};
