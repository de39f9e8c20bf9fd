/**
 * A file that is there whole or not at all: written beside its place, and renamed at the end. What
 * stands beside it belongs to one process, which takes it away at its end, unless it is killed.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CommandFailed } from '../client/failures.js';

const unfinished = new Set<WholeFile>();
process.on('exit', () => {
  for (const file of unfinished) file.giveUp();
});

export class WholeFile {
  readonly #path: string;
  readonly #beside: string;
  readonly #file: number;

  /**
   * `isOurs`: whatever stands beside it was left there. Throws `CommandFailed` if it cannot be
   * there, and else if somebody may be writing it.
   */
  constructor(name: string, { isOurs = false } = {}) {
    this.#path = pathOf(name);
    this.#beside = `${this.#path}.part`;
    this.#file = orFail(name, () => openSync(this.#beside, isOurs ? 'w' : 'wx'));
    unfinished.add(this);
  }

  write(text: string | Buffer): void {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    orFail(this.#beside, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    });
  }

  /** It is in its place, and survives a power cut. */
  finish(): void {
    orFail(this.#path, () => {
      fsyncSync(this.#file);
      this.#close();
      renameSync(this.#beside, this.#path);
      syncFolder(dirname(this.#path));
    });
  }

  /** What was in its place is still there. What has been finished stays. */
  giveUp(): void {
    if (!unfinished.has(this)) return;
    this.#close();
    rmSync(this.#beside, { force: true });
  }

  #close(): void {
    unfinished.delete(this);
    closeSync(this.#file);
  }
}

/** Without it the name may be gone after a power cut. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Through links, which stay. A device or a pipe cannot be replaced by a file. */
function pathOf(name: string): string {
  if (!existsSync(name)) return name;
  const path = realpathSync(name);
  if (statSync(path).isFile()) return path;
  throw new CommandFailed('usage', `${name} is no file; without --to it goes to standard output`);
}

function orFail<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code, message, path: taken = path } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? `${taken} is there: ${TAKEN}` : message;
    throw new CommandFailed('failed', `${path} cannot be written: ${why}`);
  }
}

const TAKEN = 'somebody is writing it, or was killed; if nobody is, delete that';
