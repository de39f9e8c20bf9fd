/** Conditions of writes: what must hold of a key for one to be made (RFC 9110, section 13). */
import { compareVersions, NO_VERSION, type Version } from '../../src/core/data/version.js';
import type { Condition } from '../../src/core/requests.js';

/** `present`: what stands for the value that is there (`originOf`); undefined if there is none. */
export function isMet(condition: Condition, present: Version | undefined): boolean {
  switch (condition.kind) {
    case 'always':
      return true;
    case 'absent':
      return present === undefined;
    case 'present':
      return present !== undefined;
    case 'matches':
      return (
        present !== undefined &&
        condition.versions.some((version) => compareVersions(version, present) === 0)
      );
  }
}

/**
 * Whatever is written on this condition is made after this version: of the value it demands.
 * Undefined if no value meets it: nothing is ever written on it.
 */
export function demandedSince(condition: Condition): Version | undefined {
  if (condition.kind !== 'matches') return NO_VERSION;
  const [first, ...others] = condition.versions;
  return first && others.reduce((a, b) => (compareVersions(a, b) <= 0 ? a : b), first);
}
