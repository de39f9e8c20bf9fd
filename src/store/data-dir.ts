export const DATABASE_FILE = 'quorate.db';

/** Why a data directory cannot be used. */
export type DataDirProblem =
  | 'not_writable'
  | 'locked'
  | 'wrong_partitions'
  | 'unreadable'
  /** There was a database, and nothing is left of it. */
  | 'emptied';

/** Its message is one sentence that names the directory. */
export class DataDirError extends Error {
  readonly code: DataDirProblem;

  constructor(code: DataDirProblem, message: string) {
    super(message);
    this.name = 'DataDirError';
    this.code = code;
  }
}

/** What can be done about a disk whose data is damaged. */
const WAY_OUT =
  'start it with --rebuild and a name: the database is moved into a folder of that name, and the ' +
  'node comes back as a new one, with the data of the others';

/** `why`: what is wrong with the database in it. */
export function unreadable(dataDir: string, why: string): DataDirError {
  return new DataDirError(
    'unreadable',
    `the database in ${dataDir} is damaged: ${why}; ${WAY_OUT}`,
  );
}

export function notWritable(dataDir: string, cause: unknown): DataDirError {
  const { code } = Object(cause) as { code?: string };
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    const what = code === 'EEXIST' ? 'is a file' : 'lies below a file';
    return new DataDirError('not_writable', `the data directory ${dataDir} ${what}, and no folder`);
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataDirError('not_writable', `the data directory ${dataDir} is not writable: ${why}`);
}
