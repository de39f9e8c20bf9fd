/**
 * What a Dockerfile makes, without Docker: its steps are carried out one by one on folders, which
 * are laid over this machine's own in a mount namespace. So paths, user and commands are those of
 * the image; the base is this machine with the Node.js that runs the tests, and has to be as new.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { Child } from '../support/processes/child.js';
import { execForm, readDockerfile, type Stage, type Step } from './dockerfile.js';

/** What images put files into. */
const OVERLAID = ['opt', 'var/lib'];
const ENTER =
  'root=$1 && workdir=$2 && shift 2 && ip link set lo up && ' +
  `${OVERLAID.map((path) => `mount --bind "$root/${path}" /${path}`).join(' && ')} && ` +
  'cd "$workdir" && exec "$@"';

/** Any user but root. */
const NOBODY = '1000';

/** Why steps cannot be carried out here, if that is so. */
export function whyNoImage(dockerfile: string): string | undefined {
  if (process.platform !== 'linux') return 'namespaces are a thing of Linux';
  if (process.getuid?.() !== 0) return 'namespaces need root';
  const made = spawnSync('unshare', ['--mount', '--net', 'setpriv', '--version']);
  if (made.status !== 0) return `no namespaces: ${made.error?.message ?? made.stderr}`;
  // As a shell of the image's user finds it: not in a folder of root alone.
  const found = spawnSync('setpriv', [...idsOf(NOBODY), 'sh', '-c', 'node --version'], {
    encoding: 'utf8',
    env: { PATH: pathWithNode() },
  });
  if (found.stdout?.trim() !== process.version) {
    return `only root can run ${process.execPath}`;
  }
  const bases = readDockerfile(dockerfile).map(({ base }) => base);
  const own = `node:${process.versions.node.split('.')[0]}-slim`;
  return bases.every((base) => base === own) ? undefined : `this is not ${bases[0]}, but ${own}`;
}

export class Image {
  readonly #folder = mkdtempSync(join(tmpdir(), 'quorate-image-'));
  /** Of each stage that has a name. */
  readonly #stages = new Map<string, string>();
  #root = '';
  #workdir = '/';
  #user: string | undefined;
  #env: { readonly [name: string]: string } = {};
  #entrypoint: readonly string[] = [];
  #command: readonly string[] = [];
  #healthcheck: readonly string[] = [];

  /** Throws what a step says if it fails; the image is to be closed all the same. */
  build(dockerfile: string, context: string): void {
    for (const stage of readDockerfile(dockerfile)) {
      this.#begin(stage);
      for (const step of stage.steps) this.#carryOut(step, context);
    }
  }

  /** The folder that is at a path in the image. */
  pathOf(path: string): string {
    return join(this.#root, path);
  }

  /** Runs what the image runs, in a network of its own, or other words behind its entry point. */
  start(env: NodeJS.ProcessEnv, words = this.#command): Child {
    const [program = '', ...args] = this.#inside([...this.#entrypoint, ...words]);
    return new Child(program, args, { env: { ...this.#environment(), ...env } });
  }

  /** Runs the image's entry point beside what it runs. */
  runBeside(child: Child, words: readonly string[]): SpawnSyncReturns<string> {
    return this.#beside(child, [...this.#entrypoint, ...words]);
  }

  /** `env`: with which it was started. */
  checkHealth(child: Child, env: NodeJS.ProcessEnv): SpawnSyncReturns<string> {
    return this.#beside(child, this.#healthcheck, env);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #begin({ name }: Stage): void {
    this.#root = mkdtempSync(join(this.#folder, 'stage-'));
    for (const path of OVERLAID) mkdirSync(join(this.#root, path), { recursive: true });
    if (name !== undefined) this.#stages.set(name, this.#root);
    this.#workdir = '/';
    this.#user = undefined;
    this.#env = {};
  }

  #carryOut({ instruction, text }: Step, context: string): void {
    switch (instruction) {
      case 'WORKDIR':
        this.#workdir = resolve(this.#workdir, text);
        return void mkdirSync(this.pathOf(this.#workdir), { recursive: true });
      case 'COPY':
        return this.#copy(text.split(/\s+/), context);
      case 'RUN':
        return this.#run(['sh', '-c', text]);
      case 'USER':
        this.#user = text;
        return;
      case 'ENV':
        this.#env = { ...this.#env, ...Object.fromEntries(pairs(text)) };
        return;
      case 'ENTRYPOINT':
        this.#entrypoint = execForm(text);
        return;
      case 'CMD':
        this.#command = execForm(text);
        return;
      case 'HEALTHCHECK':
        this.#healthcheck = execForm(text.replace(/^.*?CMD /, ''));
        return;
      case 'VOLUME':
      case 'EXPOSE':
        return;
      default:
        throw new Error(`${instruction} is not known here`);
    }
  }

  #copy(words: string[], context: string): void {
    const from = words[0]?.startsWith('--from=')
      ? words.shift()?.slice('--from='.length)
      : undefined;
    const source = from === undefined ? context : this.#stages.get(from);
    const to = words.pop();
    if (source === undefined || to === undefined)
      throw new Error(`COPY has no ${from ?? 'target'}`);
    const target = this.pathOf(resolve(this.#workdir, to));
    for (const word of words) {
      const path = join(source, word);
      const isFolder = statSync(path).isDirectory();
      const into = isFolder || !/\/$/.test(to) ? target : join(target, basename(word));
      mkdirSync(dirname(into), { recursive: true });
      cpSync(path, into, { recursive: true, verbatimSymlinks: true });
    }
  }

  #run(command: readonly string[]): void {
    const [program = '', ...args] = this.#inside(command, []);
    const env = this.#environment();
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
    if (status !== 0)
      throw new Error(`${command.join(' ')} ends with ${status}:\n${stdout}${stderr}`);
  }

  #beside(
    { pid }: Child,
    command: readonly string[],
    more: NodeJS.ProcessEnv = {},
  ): SpawnSyncReturns<string> {
    const [program = '', ...args] = [
      ...['nsenter', `--target=${pid}`, '--mount', '--net', `--wd=/proc/${pid}/cwd`],
      ...this.#asUser(command),
    ];
    const env = { ...this.#environment(), ...more };
    return spawnSync(program, args, { encoding: 'utf8', env });
  }

  /** `network` says what network it has; one of its own unless said. */
  #inside(command: readonly string[], network: readonly string[] = ['--net']): string[] {
    const enter = network.length > 0 ? ENTER : ENTER.replace('ip link set lo up && ', '');
    const namespaces = ['unshare', '--mount', ...network];
    return [
      ...namespaces,
      'sh',
      '-c',
      enter,
      'sh',
      this.#root,
      this.#workdir,
      ...this.#asUser(command),
    ];
  }

  #asUser(command: readonly string[]): string[] {
    if (this.#user === undefined) return [...command];
    return ['setpriv', ...idsOf(this.#user), ...command];
  }

  /**
   * With the Node.js that runs this as `node`, and none of the nodes' variables. What npm has been
   * sent before it does not ask for again: the lock file has the checksums of all packages, and
   * waiting for a registry may take minutes.
   */
  #environment(): NodeJS.ProcessEnv {
    const own = { PATH: pathWithNode(), HOME: process.env.HOME };
    return { ...own, npm_config_prefer_offline: 'true', ...this.#env };
  }
}

/** Of `setpriv`, for the user that a Dockerfile names. */
function idsOf(name: string): string[] {
  const [user, group = user] = name.split(':');
  return [`--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--no-new-privs'];
}

function pathWithNode(): string {
  return `${dirname(process.execPath)}:${process.env.PATH}`;
}

function pairs(text: string): [string, string][] {
  return text.split(/\s+/).map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    return [name, value.join('=')];
  });
}
