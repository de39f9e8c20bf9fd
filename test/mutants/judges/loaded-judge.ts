/**
 * A test file as the judge of one file's mutants, all of which are in what it has loaded: it says
 * within milliseconds whether it notices one.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { HOLD_VARIABLE } from '../../support/runner/suite.js';
import type { Sandbox } from '../sandbox.js';
import { NO_MUTANT, type RunReport } from './run-report.js';

/** So many times as long as without a mutant, and then some: machines are busy at times. */
const PATIENCE = 10;
const LEAST_LIMIT_MS = 5000;
const LOADING_LIMIT_MS = 120_000;
/** What a mutant may take of the memory before it counts as one that never ends. */
const HEAP_MB = 512;
const MOST_SPOILT = 3;
/** Asking costs that much. */
const LEAST_SECONDS = 0.005;

/** `spoilt`: it cannot say, and nor could it about others after that. */
export type Notice = Ended | 'nothing' | 'spoilt';
type Ended = 'killed' | 'slow';

export class LoadedJudge {
  readonly path: string;
  readonly #sandbox: Sandbox;
  readonly #mutants: number;
  #child: ChildProcess | undefined;
  #limitMs = LOADING_LIMIT_MS;
  #whileLoading: ReadonlySet<number> = new Set();
  #whileRunning: ReadonlySet<number> = new Set();
  #isAlone = false;
  #spoilt = 0;
  #tried = 0;
  #caught = 0;
  #seconds = 0;

  /** Of a file with so many mutants. */
  constructor(path: string, sandbox: Sandbox, mutants: number) {
    this.path = path;
    this.#sandbox = sandbox;
    this.#mutants = mutants;
  }

  /** Loads the tests; whether they pass without a mutant. */
  async begin(): Promise<boolean> {
    const loaded = await this.#load();
    if (typeof loaded === 'string') return this.#giveUp();
    const run = await this.#run(NO_MUTANT);
    if (typeof run === 'string' || run.failed !== undefined) return this.#giveUp();
    this.#whileLoading = new Set(loaded.reached);
    this.#whileRunning = new Set(run.reached);
    this.#seconds = run.seconds;
    this.#limitMs = Math.max(LEAST_LIMIT_MS, run.seconds * 1000 * PATIENCE);
    return true;
  }

  #giveUp(): false {
    this.close();
    return false;
  }

  /** They pass only in a process of their own, in which they take so long. */
  isAlone(seconds: number): void {
    this.#isAlone = true;
    this.#seconds = seconds;
  }

  /** That the tests take without a mutant. */
  get seconds(): number {
    return this.#seconds;
  }

  /** How likely it notices the next one (Laplace's rule of succession), for each second. */
  get promise(): number {
    return (this.#caught + 1) / (this.#tried + 2) / (this.#seconds + LEAST_SECONDS);
  }

  /** Whether its tests come by a mutant, or did while they were loaded, as far as is known. */
  reaches(mutant: number): boolean {
    return this.#isAlone || this.#whileRunning.has(mutant) || this.#whileLoading.has(mutant);
  }

  /** Not what is decided while loading: that stays as it was. */
  canJudge(mutant: number): boolean {
    return !this.#isAlone && this.#spoilt < MOST_SPOILT && !this.#whileLoading.has(mutant);
  }

  async judge(mutant: number): Promise<Notice> {
    // Loaded without a mutant, so what goes wrong there is none's work.
    if (!this.#child && typeof (await this.#load()) === 'string') return this.#spoil();
    const run = await this.#run(mutant);
    if (typeof run === 'string') this.close();
    if (typeof run !== 'string' && run.isSpoilt) return this.#spoil();
    this.#tried++;
    if (typeof run !== 'string' && run.failed === undefined) return 'nothing';
    this.#caught++;
    return run === 'slow' ? 'slow' : 'killed';
  }

  #spoil(): Notice {
    this.close();
    this.#spoilt++;
    return 'spoilt';
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #load(): Promise<RunReport | Ended> {
    const main = this.#sandbox.compiled('test/mutants/judges/loaded-tests.ts');
    const file = this.#sandbox.compiled(this.path);
    this.#child = fork(main, [file, String(this.#mutants)], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: 'ignore',
      env: { ...process.env, [HOLD_VARIABLE]: '1' },
    });
    return this.#answer(this.#child, LOADING_LIMIT_MS);
  }

  #run(mutant: number): Promise<RunReport | Ended> {
    const child = this.#child!;
    child.send(mutant);
    return this.#answer(child, this.#limitMs);
  }

  /** `killed`: it has ended by itself, `slow`: it had to be. */
  #answer(child: ChildProcess, limitMs: number): Promise<RunReport | Ended> {
    return new Promise((resolve) => {
      const limit = setTimeout(() => end('slow'), limitMs);
      const end = (how: RunReport | Ended) => {
        clearTimeout(limit);
        child.removeAllListeners();
        resolve(how);
      };
      child.once('message', (report) => end(report as RunReport));
      child.once('exit', () => end('killed'));
      // It has ended before it could be asked.
      child.once('error', () => end('killed'));
    });
  }
}
