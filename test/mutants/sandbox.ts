/** A copy of what was compiled, to break one file of it at a time. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export class Sandbox {
  readonly #root = mkdtempSync(join(tmpdir(), 'quorate-mutants-'));

  constructor() {
    cpSync('dist', join(this.#root, 'dist'), { recursive: true });
    cpSync('package.json', join(this.#root, 'package.json'));
    symlinkSync(resolve('node_modules'), join(this.#root, 'node_modules'));
  }

  /** Where a TypeScript file of the project is compiled to. */
  compiled(path: string): string {
    return join(this.#root, 'dist', path.replace(/\.ts$/, '.js'));
  }

  /** Has this in the place of a compiled file while `run` runs. */
  async with<T>(path: string, compiled: string, run: () => Promise<T>): Promise<T> {
    const file = this.compiled(path);
    const original = readFileSync(file);
    writeFileSync(file, compiled);
    try {
      return await run();
    } finally {
      writeFileSync(file, original);
    }
  }

  close(): void {
    rmSync(this.#root, { recursive: true });
  }
}
