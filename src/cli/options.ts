/**
 * The command line: `[port] [introducer]` and flags, over the environment, over `.env`, over what
 * holds otherwise. Pure: argv, environment and the reading of files are arguments.
 */
import { parseArgs } from 'node:util';
import { nearMiss } from '../core/near-miss.js';
import { objectionTo } from '../core/ring/replication.js';
import { MIB } from '../core/settings.js';
import { type Address, formatAddress, isLoopback, isWildcard, parseAddress } from './address.js';
import {
  type AllGiven,
  type Given,
  readEnvFile,
  readEnvironment,
  thatCount,
} from './environment.js';
import {
  flagOf,
  OPTION_NAMES,
  OPTION_TABLE,
  type OptionName,
  type OptionRow,
  type ParsedOptions,
  UsageError,
} from './option-table.js';

type Derived =
  | 'advertise'
  | 'join'
  | 'joinTimeout'
  | 'clusterSecretFile'
  | 'transferMibPerSecond'
  | 'recordCacheMb'
  | 'storeCacheMb'
  | 'recorderMb';

export interface Options extends Omit<ParsedOptions, Derived> {
  /** Where peers reach this node; port 0 stands for the port in use. */
  readonly advertise: Address;
  /** `host:port` of the nodes to join by; none means to start a new cluster. */
  readonly introducers: readonly string[];
  /** Undefined: it tries for ever. */
  readonly joinTimeoutMs: number | undefined;
  readonly dataDir: string;
  readonly transferBytesPerSecond: number;
  readonly recordCacheBytes: number;
  readonly storeCacheBytes: number;
  readonly recorderBytes: number;
  /** Empty if there is none. */
  readonly clusterSecret: string;
  /** The variables of `.env` that count; undefined if there is no such file. */
  readonly fromEnvFile?: readonly string[];
}

export interface CommandLine {
  /** Without the program and its script. */
  readonly argv: readonly string[];
  readonly env: { readonly [variable: string]: string | undefined };
  /** Returns a file's text, or throws Node's own error. */
  readonly readFile: (path: string) => string;
}

/**
 * Whoever asks for help or the version gets that, whatever else is wrong. Throws a `UsageError` if
 * anything does not make sense.
 */
export function parseOptions(line: CommandLine): Options | 'help' | 'version' {
  const flags = readArgv(line);
  if (flags === 'help' || flags === 'version') return flags;
  const file = readEnvFile(line);
  const given: AllGiven = new Map([...(file ?? []), ...readEnvironment(line.env), ...flags]);
  const options = settle(parseEach(given), line.readFile);
  return file ? { ...options, fromEnvFile: thatCount(file, given) } : options;
}

function readArgv({ argv, env }: CommandLine): AllGiven | 'help' | 'version' {
  const names = new Map(OPTION_NAMES.map((name) => [flagOf(name), name]));
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries([...names.keys()].map((flag) => [flag, { type: 'string' as const }])),
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });
  const asks = (flag: string) => tokens.some((t) => t.kind === 'option' && t.name === flag);
  if (asks('help')) return 'help';
  if (asks('version')) return 'version';
  refuseSwallowed(env);

  const given = new Map<OptionName, Given>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const name = names.get(token.name);
    if (!name) {
      const typed = argv[token.index] ?? token.rawName;
      throw unknownFlag(typed, [...names.keys(), 'help', 'version']);
    }
    const source = `--${token.name}`;
    // Without an equals sign, what looks like a flag is more likely that than a value.
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('-'))) {
      throw new UsageError(`${source} needs a value: ${source}=${OPTION_TABLE[name].value}.`);
    }
    add(given, name, { text: token.value, source });
  }
  const [port, introducer, ...rest] = positionals;
  if (port === 'help' && introducer === undefined) return 'help';
  const meant = port === undefined ? undefined : parseAddress(port);
  if (meant) {
    const { host, port: number } = meant;
    throw new UsageError(`${port} is more than a port: ${number} --host ${host} listens there.`);
  }
  if (rest.length > 0) {
    throw new UsageError('Only a port and an introducer may stand without a flag.');
  }
  if (port !== undefined) add(given, 'port', { text: port, source: 'the port' });
  if (introducer !== undefined) add(given, 'join', { text: introducer, source: 'the introducer' });
  return given;
}

function add(given: Map<OptionName, Given>, name: OptionName, added: Given): void {
  const former = given.get(name);
  const row: OptionRow<unknown> = OPTION_TABLE[name];
  if (former && !row.many) throw new UsageError(`--${flagOf(name)} is given twice.`);
  given.set(name, former ? { ...added, text: `${former.text},${added.text}` } : added);
}

/** `word` as typed: the value behind an equals sign may be a secret, and is not repeated. */
function unknownFlag(word: string, flags: readonly string[]): UsageError {
  const [typed = word] = word.split('=', 1);
  const name = typed.replace(/^-+/, '');
  const meant = OTHER_NAMES[name] ?? nearMiss(name, flags);
  const hint = meant ? `did you mean --${meant}?` : '--help lists what there is.';
  return new UsageError(`There is no option ${typed}; ${hint}`);
}

/** What other stores call it. */
const OTHER_NAMES: { readonly [name: string]: string } = {
  p: 'port',
  d: 'data-dir',
  dir: 'data-dir',
  peers: 'join',
  seeds: 'join',
  nodes: 'join',
  introducer: 'join',
  secret: 'cluster-secret-file',
  verbose: 'log-level',
};

/** Without `--` in front, npm takes flags for its own, and their values for arguments. */
function refuseSwallowed(env: CommandLine['env']): void {
  const isKept = (name: OptionName) => {
    return env[`npm_config_${flagOf(name).replaceAll('-', '_')}`] !== undefined;
  };
  const kept = OPTION_NAMES.find(isKept);
  if (!kept) return;
  const flag = `--${flagOf(kept)}`;
  throw new UsageError(
    `npm kept ${flag} for itself: put -- before the flags (npm start -- ${flag} ...).`,
  );
}

function parseEach(given: AllGiven): ParsedOptions {
  const parsed = OPTION_NAMES.map((name) => {
    const row: OptionRow<unknown> = OPTION_TABLE[name];
    const { text = row.fallback, source = '' } = given.get(name) ?? {};
    if (text === '') throw new UsageError(`${source} needs a value that is not empty.`);
    const value = text === undefined ? undefined : row.parse(text);
    if (text !== undefined && value === undefined) {
      throw new UsageError(`${source}: "${text}" is not ${row.is}.`);
    }
    return [name, value];
  });
  return Object.fromEntries(parsed) as ParsedOptions;
}

/** Fills in what depends on other options, and checks what they demand of each other. */
function settle(parsed: ParsedOptions, readFile: CommandLine['readFile']): Options {
  const { advertise, join, joinTimeout, clusterSecretFile, ...others } = parsed;
  const { transferMibPerSecond, recordCacheMb, storeCacheMb, recorderMb, ...settings } = others;
  const { host, port } = settings;
  const clusterSecret = secretOf(settings.clusterSecret, clusterSecretFile, readFile);
  if (clusterSecret === '' && !isLoopback(host)) {
    throw new UsageError(
      `To listen on ${host}, where others could reach it, a node needs a cluster secret ` +
        '(--cluster-secret-file).',
    );
  }
  if (!advertise && isWildcard(host)) {
    throw new UsageError(
      `Listening on ${host}, a node must say where peers reach it (--advertise).`,
    );
  }
  const dataDir = settings.dataDir ?? `./data/${port}`;
  const objection = objectionTo(settings);
  if (objection) throw new UsageError(objection);
  const transferBytesPerSecond = transferMibPerSecond * MIB;
  const recordCacheBytes = recordCacheMb * MIB;
  const storeCacheBytes = storeCacheMb * MIB;
  const recorderBytes = recorderMb * MIB;
  return {
    ...settings,
    ...addressesOf(parsed),
    joinTimeoutMs: joinTimeout,
    clusterSecret,
    dataDir,
    transferBytesPerSecond,
    recordCacheBytes,
    storeCacheBytes,
    recorderBytes,
  };
}

function addressesOf(parsed: ParsedOptions): Pick<Options, 'advertise' | 'introducers'> {
  const { host, port, join = [] } = parsed;
  const advertise = { host: parsed.advertise?.host ?? host, port: parsed.advertise?.port ?? port };
  // A port alone is on this machine, and there on the same address if that is a certain one.
  const here = isWildcard(host) ? '127.0.0.1' : host;
  const introducers = new Set(
    join.map((other) => formatAddress({ host: other.host ?? here, port: other.port })),
  );
  // One list of all nodes may be given to each of them.
  for (const self of [advertise, { host: here, port }]) introducers.delete(formatAddress(self));
  if (join.length > 0 && introducers.size === 0) {
    throw new UsageError('A node cannot join by itself: name another one.');
  }
  return { advertise, introducers: [...introducers] };
}

function secretOf(
  secret: string | undefined,
  file: string | undefined,
  readFile: CommandLine['readFile'],
): string {
  if (file === undefined) return secret ?? '';
  if (secret !== undefined) {
    throw new UsageError('The cluster secret is given twice: itself and as a file.');
  }
  let text: string;
  try {
    text = readFile(file).trimEnd();
  } catch (error) {
    throw new UsageError(`The cluster secret cannot be read: ${(error as Error).message}.`);
  }
  if (text === '') throw new UsageError(`The cluster secret file ${file} is empty.`);
  return text;
}
