/**
 * A process of its own, mostly a script of this project: its output, its signals, its end.
 *
 * Each is the leader of a process group, so that a signal reaches whatever it has started in turn,
 * and none outlives the process that started it here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const BUILD = join(import.meta.dirname, '../../..');
const MANIFEST = join(BUILD, '../package.json');
/** As `npm start` gives them to Node.js. */
const { scripts } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest;
const NODE_FLAGS = scripts.start.split(' ').filter((word) => word.startsWith('--'));

interface Manifest {
  readonly scripts: { readonly start: string };
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What starts the command, such as `nsenter` with its flags. */
  readonly wrapper?: readonly string[];
  /** Whether something is going to be typed; else it finds the end of its input at once. */
  readonly hasInput?: boolean;
}

const running = new Set<Child>();
process.on('exit', () => {
  for (const child of running) child.signal('SIGKILL');
});
// In groups of their own, they do not hear of a Ctrl-C in the terminal.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export class Child {
  stdout = '';
  stderr = '';
  /** When the process has ended and all its output is read. */
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  #exit: Exit | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(command: string, args: readonly string[], options: ChildOptions = {}) {
    const { wrapper = [], hasInput = false, ...spawnOptions } = options;
    const [program, ...words] = [...wrapper, command, ...args];
    this.#process = spawn(program!, words, {
      ...spawnOptions,
      detached: true,
      env: { ...inheritedEnvironment(), ...options.env },
      stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    running.add(this);
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#notify();
    });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        this.#exit = { code, signal };
        running.delete(this);
        this.#notify();
        resolve(this.#exit);
      });
    });
  }

  /** `script` is relative to the root of the build, such as `src/main.js`. */
  static ofScript(script: string, args: readonly string[], options?: ChildOptions): Child {
    return new Child(process.execPath, [...NODE_FLAGS, join(BUILD, script), ...args], options);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Resolves when the standard output matches; rejects, with all output, if it ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.stdout);
        if (!match && this.isRunning) return;
        this.#watchers.delete(look);
        if (match) resolve(match);
        else reject(new Error(`ended without saying ${pattern}:\n${this.stdout}${this.stderr}`));
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Writes to its standard input. */
  type(text: string): void {
    this.#process.stdin!.write(text);
  }

  /** Nothing more is typed. */
  endInput(): void {
    this.#process.stdin!.end();
  }

  signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid!, signal);
    } catch (error) {
      // It has ended by itself, and that is yet to be told.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Runs a script to its end. */
export async function runToEnd(
  script: string,
  args: readonly string[],
): Promise<Exit & { stdout: string; stderr: string }> {
  const child = Child.ofScript(script, args);
  const exit = await child.exited;
  return { ...exit, stdout: child.stdout, stderr: child.stderr };
}

/** Without settings that are meant for another node. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('QUORATE_'));
  return Object.fromEntries(own);
}
