/** Which tests are run for a mutant: the nearest, as far as there is time for them. */
import { runFile } from '../support/runner/runner.js';
import type { Sandbox } from './sandbox.js';
import type { TestFinder } from './tests-of.js';
import type { TimedTest } from './trial.js';

const LIMIT_MS = 180_000;

export class Judges {
  readonly #sandbox: Sandbox;
  readonly #finder: TestFinder;
  readonly #mostSeconds: number;
  /** By the test; undefined if it fails as it is, and judges nothing. */
  readonly #timed = new Map<string, TimedTest | undefined>();

  /** `mostSeconds`: of a file's tests together, without a mutant; its nearest is always run. */
  constructor(options: { sandbox: Sandbox; finder: TestFinder; mostSeconds: number }) {
    this.#sandbox = options.sandbox;
    this.#finder = options.finder;
    this.#mostSeconds = options.mostSeconds;
  }

  /** Tests that fail without a mutant. */
  get failing(): string[] {
    return [...this.#timed].flatMap(([path, test]) => (test ? [] : [path]));
  }

  /** Of a file without a mutant; the nearest first, and then the quick ones. */
  async of(path: string): Promise<TimedTest[]> {
    const taken: TimedTest[] = [];
    let seconds = 0;
    for (const test of this.#finder.testsOf(path)) {
      if (seconds >= this.#mostSeconds) break;
      const timed = await this.#time(test);
      if (!timed) continue;
      taken.push(timed);
      seconds += timed.seconds;
    }
    const [nearest, ...others] = taken;
    return nearest ? [nearest, ...others.sort((a, b) => a.seconds - b.seconds)] : [];
  }

  async #time(test: string): Promise<TimedTest | undefined> {
    if (this.#timed.has(test)) return this.#timed.get(test);
    const { failed, seconds } = await runFile(this.#sandbox.compiled(test), LIMIT_MS);
    const timed = failed === 0 ? { path: test, seconds } : undefined;
    this.#timed.set(test, timed);
    return timed;
  }
}
