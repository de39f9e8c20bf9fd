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
 * Whether this condition demands a value that is older than `version`. Whatever was written on it
 * was made after the value that it demands; one that no value meets demands none.
 */
export function demandsBefore(condition: Condition, version: Version): boolean {
  const demanded = condition.kind === 'matches' ? condition.versions : [NO_VERSION];
  return demanded.some((each) => compareVersions(each, version) < 0);
}
