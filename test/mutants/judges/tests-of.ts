/** Which tests look at a file. */
import { posix } from 'node:path';
import { importsOf, type SourceFile } from '../../support/source-tree.js';

/** Whole clusters and habits of the code: they take long, or look at no behaviour. */
const PASSED_OVER = /^test\/(process|sim|drill|tidy|readme|docs|charts|contract)\b/;

export class TestFinder {
  readonly #tests: readonly string[];
  /** Of each file of `test/`: what it imports. */
  readonly #imports: ReadonlyMap<string, readonly string[]>;
  /** The same of each file of production. */
  readonly #produced: ReadonlyMap<string, readonly string[]>;

  /** `files`: all of `test/`, and all that they test. */
  constructor(files: readonly SourceFile[], produced: readonly SourceFile[] = []) {
    this.#imports = importedBy(files);
    this.#produced = importedBy(produced);
    this.#tests = files
      .map(({ path }) => path)
      .filter((path) => path.endsWith('.test.ts') && !PASSED_OVER.test(path));
  }

  /**
   * The test in the same place of `test/`, those that import the file, by themselves or by what
   * helps them, those in the place of whatever imports it in production, and those in the same
   * folder of `test/`; the nearest first.
   */
  testsOf(path: string): string[] {
    const folder = posix.dirname(mirrorOf(path));
    const users = [...this.#produced].flatMap(([user, used]) =>
      used.includes(path) ? [user] : [],
    );
    const mirrorsOfUsers = new Set(users.map(mirrorOf));
    const isNear: readonly ((test: string) => boolean)[] = [
      (test) => test === mirrorOf(path),
      (test) => this.#imports.get(test)?.includes(path) ?? false,
      (test) => mirrorsOfUsers.has(test),
      (test) => posix.dirname(test) === folder,
      (test) => this.#reaches(test, path),
    ];
    return [...new Set(isNear.flatMap((near) => this.#tests.filter(near)))];
  }

  /** Through files of `test/` only: what production imports is far from what is tested. */
  #reaches(test: string, path: string): boolean {
    const seen = new Set([test]);
    for (const file of seen) {
      for (const target of this.#imports.get(file) ?? []) {
        if (target === path) return true;
        if (this.#imports.has(target)) seen.add(target);
      }
    }
    return false;
  }
}

/** Where the test of a file of production stands. */
function mirrorOf(path: string): string {
  return posix.join('test', path.replace(/^src\//, '')).replace(/\.ts$/, '.test.ts');
}

function importedBy(files: readonly SourceFile[]): Map<string, string[]> {
  return new Map(
    files.map((file) => [
      file.path,
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ target }) => target),
    ]),
  );
}
