/** A file that is there whole or not at all: written beside its place, and renamed at the end. */
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

export class WholeFile {
  readonly #path: string;
  readonly #beside: string;
  readonly #file: number;
  #isOpen = true;

  /** Throws `CommandFailed` if it cannot be there. */
  constructor(name: string) {
    this.#path = pathOf(name);
    this.#beside = `${this.#path}.part`;
    this.#file = orFail(name, () => openSync(this.#beside, 'w'));
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
    if (!this.#isOpen) return;
    this.#close();
    rmSync(this.#beside, { force: true });
  }

  #close(): void {
    this.#isOpen = false;
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
    throw new CommandFailed('failed', `${path} cannot be written: ${(error as Error).message}`);
  }
}
