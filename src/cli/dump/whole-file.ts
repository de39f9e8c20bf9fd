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
import { CommandFailed } from '../client/failures.js';

export class WholeFile {
  readonly #path: string;
  readonly #beside: string;
  readonly #file: number;

  /** Throws `CommandFailed` if it cannot be there. */
  constructor(name: string) {
    this.#path = pathOf(name);
    this.#beside = `${this.#path}.part`;
    this.#file = orFail(name, () => openSync(this.#beside, 'w'));
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    orFail(this.#beside, () => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    });
  }

  /** It is in its place, and survives a power cut. */
  finish(): void {
    orFail(this.#path, () => {
      fsyncSync(this.#file);
      closeSync(this.#file);
      renameSync(this.#beside, this.#path);
    });
  }

  /** What was in its place is still there. */
  giveUp(): void {
    closeSync(this.#file);
    rmSync(this.#beside, { force: true });
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
