/** Which tests judge the mutants of a file: the nearest, as far as there is time for them. */
import { runFile } from '../../support/runner/runner.js';
import type { Sandbox } from '../sandbox.js';
import { LoadedJudge } from './loaded-judge.js';
import type { TestFinder } from './tests-of.js';

const LIMIT_MS = 180_000;

export class Judges {
  readonly #finder: TestFinder;
  readonly #most: number;
  readonly #mostSeconds: number;
  readonly #failing = new Set<string>();

  /**
   * `most`: of a file's tests; `mostSeconds`: of them together, without a mutant. The nearest is
   * always run.
   */
  constructor(options: { finder: TestFinder; most: number; mostSeconds: number }) {
    this.#finder = options.finder;
    this.#most = options.most;
    this.#mostSeconds = options.mostSeconds;
  }

  /** Tests that fail without a mutant, and judge nothing. */
  get failing(): string[] {
    return [...this.#failing];
  }

  /**
   * Of a file with so many mutants, all of which are in its place in the sandbox; `original` is the
   * file without them, compiled.
   */
  async of(
    file: { readonly path: string; readonly mutants: number; readonly original: string },
    sandbox: Sandbox,
  ): Promise<LoadedJudge[]> {
    const judges: LoadedJudge[] = [];
    let seconds = 0;
    for (const test of this.#finder.testsOf(file.path).slice(0, this.#most)) {
      if (seconds >= this.#mostSeconds) break;
      const judge = new LoadedJudge(test, sandbox, file.mutants);
      if (!(await judge.begin())) {
        const alone = await sandbox.with(file.path, file.original, () =>
          runFile(sandbox.compiled(test), LIMIT_MS),
        );
        if (alone.failed > 0) {
          this.#failing.add(test);
          continue;
        }
        judge.isAlone(alone.seconds);
      }
      judges.push(judge);
      seconds += judge.seconds;
    }
    return judges;
  }
}
