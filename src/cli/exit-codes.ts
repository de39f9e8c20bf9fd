/** How a program of this package ends, so that scripts can rely on it: help and docs print this. */

export const EXIT_CODES = {
  done: { code: 0, means: 'done' },
  failed: {
    code: 1,
    means:
      'not found, a condition that failed, or another failure: nothing was changed (of load: ' +
      'what it names was not stored)',
  },
  usage: { code: 2, means: 'a command line that makes no sense' },
  unreachable: {
    code: 3,
    means:
      'no node can be reached that serves; of start: its data directory or the cluster will not ' +
      'have it',
  },
  noQuorum: { code: 4, means: 'too few owners of the key, or voters, can be reached' },
  unknown: { code: 5, means: 'nobody can tell whether the write was made' },
  incomplete: {
    code: 6,
    means: 'of restore: the cluster holds a part of the backup, and --resume goes on with it',
  },
  interrupted: { code: 130, means: 'ended by Ctrl-C' },
} as const satisfies { readonly [name: string]: { readonly code: number; readonly means: string } };

export type ExitName = keyof typeof EXIT_CODES;

export function exitCode(name: ExitName): number {
  return EXIT_CODES[name].code;
}
