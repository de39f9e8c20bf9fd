/** Why a data directory cannot be used. */
export type DataDirProblem = 'not_writable' | 'locked' | 'wrong_partitions' | 'unreadable';

/** Its message is one sentence that names the directory. */
export class DataDirError extends Error {
  readonly code: DataDirProblem;

  constructor(code: DataDirProblem, message: string) {
    super(message);
    this.name = 'DataDirError';
    this.code = code;
  }
}
