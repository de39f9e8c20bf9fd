/**
 * Every option in one table: the flag (`--data-dir`), the environment variable
 * (`QUORATE_DATA_DIR`), the help text and the reader come from its row.
 */

import {
  isPartitionCount,
  isZone,
  MAX_REPLICAS,
  MAX_WEIGHT,
  MAX_ZONE_LETTERS,
} from '../core/ring/ring.js';
import { KNOBS, type KnobName, MIB } from '../core/settings.js';
import type { LogLevel } from '../ports.js';
import { parseAddress, parseHost, parsePort } from './address.js';

/** Something the user has to change; the message is one sentence for them. */
export class UsageError extends Error {}

export interface OptionRow<T> {
  readonly group: 'Network' | 'Storage' | 'Replication' | 'Timing' | 'Log';
  /** What stands behind the flag in the help. */
  readonly value: string;
  readonly help: string;
  /** Read like a given value. */
  readonly fallback?: string;
  /** Says in the help what holds without a value, where `fallback` does not. */
  readonly otherwise?: string;
  /** May be given more than once; the values are joined by commas. */
  readonly many?: true;
  /** What a value is, for the sentence that says that a text is none. */
  readonly is: string;
  /** Undefined if the text is no such thing. */
  readonly parse: (text: string) => T | undefined;
}

export const OPTION_TABLE = {
  port: {
    group: 'Network',
    value: 'port',
    fallback: '8080',
    help: 'where to listen for clients and peers; 0 takes any free port',
    is: 'a port (0 to 65535)',
    parse: parsePort,
  },
  host: {
    group: 'Network',
    value: 'host',
    fallback: '127.0.0.1',
    help: 'the address to listen on; any but loopback needs a cluster secret',
    is: 'a host name or an IP address',
    parse: parseHost,
  },
  advertise: {
    group: 'Network',
    value: 'host[:port]',
    otherwise: 'host and port',
    help: 'where peers and clients reach this node, if not where it listens',
    is: 'a host or host:port',
    parse: parseAdvertise,
  },
  corsOrigin: {
    group: 'Network',
    value: 'origin,...',
    otherwise: 'none but its own',
    many: true,
    help: 'web pages that may use this node, such as https://app.example; may be repeated',
    is: 'an origin (https://host, http://host:port), or a list of them',
    parse: parseOrigins,
  },
  join: {
    group: 'Network',
    value: 'address,...',
    otherwise: 'start a new cluster',
    many: true,
    help: 'nodes to join by: host:port, or a port of this machine; may be repeated',
    is: 'a port, host:port, or a list of them',
    parse: parseIntroducers,
  },
  joinTimeout: {
    group: 'Network',
    value: 'time',
    otherwise: 'never',
    help: 'when a node that cannot join gives up, with exit code 3: 90s, 5m; a number is seconds',
    is: 'a time (500ms, 90s, 5m, 1h)',
    parse: parseDuration,
  },
  expect: {
    group: 'Network',
    value: 'n',
    otherwise: 'do not wait',
    help: 'found a cluster when so many nodes have met by --join, with all of them',
    ...integer(2, 100),
  },
  clusterSecret: {
    group: 'Network',
    value: 'secret',
    help: 'proves that peers belong together; others see flags, so rather use the next one',
    is: 'a text',
    parse: (text) => text,
  },
  clusterSecretFile: {
    group: 'Network',
    value: 'file',
    help: 'the file that holds the cluster secret',
    is: 'a text',
    parse: (text) => text,
  },
  dataDir: {
    group: 'Storage',
    value: 'folder',
    otherwise: './data/<port>',
    help: 'the folder of this node; whoever it was, it is again',
    is: 'a text',
    parse: (text) => text,
  },
  rebuild: {
    group: 'Storage',
    value: 'name',
    otherwise: 'go on with what is there',
    help: 'moves a damaged database into a folder of this name, if there is none, and begins anew',
    is: 'a name of up to 64 letters, digits, dots, - and _, and none of its own files',
    parse: (text) => (/^(?!quorate\.)\w[\w.-]{0,63}$/.test(text) ? text : undefined),
  },
  maxValueBytes: {
    group: 'Storage',
    value: 'bytes',
    help: 'the largest value that is taken',
    ...knob('maxValueBytes'),
  },
  recordCacheMb: {
    group: 'Storage',
    value: 'MiB',
    fallback: String(KNOBS.recordCacheBytes.otherwise / MIB),
    help: 'memory for records that were read or written lately, which are read from there; 0: none',
    ...integer(0, 1024),
  },
  storeCacheMb: {
    group: 'Storage',
    value: 'MiB',
    fallback: String(KNOBS.storeCacheBytes.otherwise / MIB),
    help: 'memory for pages of the database; a node needs about 180 MiB beside it',
    ...integer(1, 1_000_000),
  },
  replicas: {
    group: 'Replication',
    value: 'n',
    otherwise: "the cluster's, or 3",
    help: 'nodes that keep each key (N); decided when the cluster is created',
    ...integer(1, MAX_REPLICAS),
  },
  writeQuorum: {
    group: 'Replication',
    value: 'n',
    otherwise: "the cluster's, or a majority of the replicas",
    help: 'replicas that must have stored a write (W); decided when the cluster is created',
    ...integer(1, MAX_REPLICAS),
  },
  readQuorum: {
    group: 'Replication',
    value: 'n',
    otherwise: "the cluster's, or a majority of the replicas",
    help: 'replicas that must have answered a read (R); decided when the cluster is created',
    ...integer(1, MAX_REPLICAS),
  },
  partitions: {
    group: 'Replication',
    value: 'n',
    fallback: '256',
    help: 'parts of the ring, a power of two; decided when the cluster is created',
    is: 'a power of two up to 65536',
    parse(text) {
      const count = integer(1, 65536).parse(text);
      return count !== undefined && isPartitionCount(count) ? count : undefined;
    },
  },
  zone: {
    group: 'Replication',
    value: 'name',
    fallback: 'default',
    help: 'the replicas of a key are spread over as many zones as there are',
    is: `a name of up to ${MAX_ZONE_LETTERS} letters`,
    parse: (text) => (isZone(text) ? text : undefined),
  },
  weight: {
    group: 'Replication',
    value: 'n',
    fallback: '1',
    help: 'share of the data, relative to the other nodes',
    ...integer(1, MAX_WEIGHT),
  },
  requestTimeoutMs: {
    group: 'Timing',
    value: 'ms',
    help: 'how long a request may take unless it says otherwise',
    ...knob('requestTimeoutMs'),
  },
  slowRequestMs: {
    group: 'Timing',
    value: 'ms',
    help: 'a request that takes longer is told of in /admin/events',
    ...knob('slowRequestMs'),
  },
  maxClockDriftMs: {
    group: 'Timing',
    value: 'ms',
    help: 'how far the clocks of nodes may differ; a node further off takes no writes',
    ...knob('maxClockDriftMs'),
  },
  evictAfterMs: {
    group: 'Timing',
    value: 'ms',
    help: 'how long a dead member keeps its place before others take its data over; 0: for ever',
    ...knob('evictAfterMs'),
  },
  compareEveryMs: {
    group: 'Timing',
    value: 'ms',
    help: 'in this time the owners of a partition compare what they hold about once',
    ...knob('compareEveryMs'),
  },
  tombstoneMinAgeMs: {
    group: 'Timing',
    value: 'ms',
    help: 'how long it is remembered at least that a key was deleted; 0: for ever',
    ...knob('tombstoneMinAgeMs'),
  },
  scrubEveryMs: {
    group: 'Timing',
    value: 'ms',
    help: 'in this time every row is read once, and what the disk has lost is healed; 0: never',
    ...knob('scrubEveryMs'),
  },
  transferMibPerSecond: {
    group: 'Timing',
    value: 'MiB',
    fallback: String(KNOBS.transferBytesPerSecond.otherwise / MIB),
    help: 'how fast data is fetched from other nodes at most',
    ...integer(1, 100_000),
  },
  recorderMb: {
    group: 'Log',
    value: 'MiB',
    fallback: String(KNOBS.recorderBytes.otherwise / MIB),
    help: 'memory for what happened last: /admin/events resumes from it',
    ...integer(1, 10_000),
  },
  logLevel: {
    group: 'Log',
    value: 'level',
    fallback: 'info',
    help: 'debug, info, warn or error',
    ...oneOf<LogLevel>('debug', 'info', 'warn', 'error'),
  },
  logFormat: {
    group: 'Log',
    value: 'format',
    fallback: 'pretty',
    help: 'pretty or json',
    ...oneOf<'pretty' | 'json'>('pretty', 'json'),
  },
} as const satisfies { readonly [name: string]: OptionRow<unknown> };

type Table = typeof OPTION_TABLE;
export type OptionName = keyof Table;
/** Each option as its row reads it; undefined if it was not given and has no fallback. */
export type ParsedOptions = {
  readonly [N in OptionName]:
    | NonNullable<ReturnType<Table[N]['parse']>>
    | (Table[N] extends { fallback: string } ? never : undefined);
};

export const OPTION_NAMES = Object.keys(OPTION_TABLE) as OptionName[];

export function flagOf(name: OptionName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function variableOf(name: OptionName): string {
  return `QUORATE_${flagOf(name).replaceAll('-', '_').toUpperCase()}`;
}

function integer(min: number, max: number) {
  return {
    is: `a number from ${min} to ${max}`,
    parse(text: string): number | undefined {
      const value = /^\d{1,15}$/.test(text) ? Number(text) : -1;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** The usual value and the bounds stand in `core/settings.ts`. */
function knob(name: KnobName) {
  const { otherwise, least, most } = KNOBS[name];
  return { fallback: String(otherwise), ...integer(least, most) };
}

function oneOf<W extends string>(...words: readonly W[]) {
  return {
    is: `one of ${words.join(', ')}`,
    parse: (text: string): W | undefined => words.find((word) => word === text.toLowerCase()),
  };
}

const UNIT_MS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** In ms; a number alone is seconds. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d{1,9})(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Number(number) * (UNIT_MS[unit] ?? Number.NaN);
  return ms > 0 ? ms : undefined;
}

/** The port is undefined where it is the one the node listens on. */
function parseAdvertise(text: string): { host: string; port: number | undefined } | undefined {
  const address = parseAddress(text);
  if (address) return address.port > 0 ? address : undefined;
  const host = parseHost(text);
  return host === undefined ? undefined : { host, port: undefined };
}

/** An origin is scheme, host and port, as a browser sends it: `*` would let every page write. */
function parseOrigins(text: string): string[] | undefined {
  const words = text.split(',').map((word) => word.trim().toLowerCase());
  const isOrigin = (word: string) => /^https?:/.test(word) && new URL(word).origin === word;
  return words.every((word) => URL.canParse(word) && isOrigin(word)) ? words : undefined;
}

/** A port alone is one of this machine: its host is undefined. */
export function parseIntroducers(
  text: string,
): { host: string | undefined; port: number }[] | undefined {
  const all: { host: string | undefined; port: number }[] = [];
  for (const part of text.split(',')) {
    // As nodes print it themselves.
    const word = part.trim().replace(/^http:\/\/([^/]+)\/?$/, '$1');
    const port = parsePort(word);
    const one = port === undefined ? parseAddress(word) : { host: undefined, port };
    if (!one || one.port === 0) return undefined;
    all.push(one);
  }
  return all;
}
