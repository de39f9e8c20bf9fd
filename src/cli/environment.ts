/**
 * What is set by variables: of the environment, and of `.env` in the working directory, which holds
 * where the environment says nothing.
 */
// As a whole: an older Node.js has no `parseEnv`, and is to end by the sentence of `preflight.ts`.
import * as util from 'node:util';
import { nearMiss } from '../core/near-miss.js';
import { OPTION_NAMES, type OptionName, UsageError, variableOf } from './option-table.js';

/** Where variables are looked for. */
interface Source {
  readonly env: { readonly [variable: string]: string | undefined };
  /** Returns a file's text, or throws Node's own error. */
  readonly readFile: (path: string) => string;
}

export interface Given {
  readonly text: string;
  /** How an error names it. */
  readonly source: string;
}
export type AllGiven = ReadonlyMap<OptionName, Given>;

/** Which nodes the command line asks; it means no option of a node. */
export const NODES_VARIABLE = 'QUORATE_NODES';

/**
 * What Kubernetes sets in every container for a Service of the name `quorate`, or one that begins
 * with it. It means none of our options.
 */
function isOfService(variable: string, text: string | undefined): boolean {
  return (
    SERVICE_VARIABLE.test(variable) || (/_PORT$/.test(variable) && /^\w+:\/\//.test(text ?? ''))
  );
}

const SERVICE_VARIABLE =
  /_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** An empty variable counts as none: that is how many tools unset one. `where`: behind its name. */
export function readEnvironment(env: Source['env'], where = ''): AllGiven {
  const names = new Map(OPTION_NAMES.map((name) => [variableOf(name), name]));
  const given = new Map<OptionName, Given>();
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('QUORATE_') || isOfService(variable, text)) continue;
    if (variable === NODES_VARIABLE) continue;
    const name = names.get(variable);
    if (!name) {
      const meant = nearMiss(variable, [...names.keys()]);
      const hint = meant ? `did you mean ${meant}?` : '--help lists what there is.';
      throw new UsageError(`There is no environment variable ${variable}${where}; ${hint}`);
    }
    if (text) given.set(name, { text, source: `${variable}${where}` });
  }
  return given;
}

const ENV_FILE = '.env';
/** `[host]:port`, as another store calls where a node listens. */
const ADDRESS_VARIABLE = 'NODE_ADDRESS';
const IN_ENV_FILE = ` in ${ENV_FILE}`;

/** Undefined if there is no such file. Throws a `UsageError` if something in it makes no sense. */
export function readEnvFile({ env, readFile }: Source): AllGiven | undefined {
  const text = textOf(readFile);
  if (text === undefined) return undefined;
  const variables = variablesIn(text);
  const given = new Map(readEnvironment(Object.fromEntries(variables), IN_ENV_FILE));
  const own = variables.get(ADDRESS_VARIABLE);
  // Whoever has it in the file means us by it, and then the environment goes before it, as always.
  const address = own && (env[ADDRESS_VARIABLE] || own);
  if (!address) return given;
  const source = `${ADDRESS_VARIABLE}${IN_ENV_FILE}`;
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, Math.max(0, colon));
  const parts = { port: address.slice(colon + 1), ...(host && { host }) };
  for (const [name, part] of Object.entries(parts) as ['port' | 'host', string][]) {
    if (given.has(name)) {
      const both = `${ADDRESS_VARIABLE} and ${variableOf(name)}`;
      throw new UsageError(`The ${name} is given twice in ${ENV_FILE}: by ${both}.`);
    }
    given.set(name, { text: part, source });
  }
  return given;
}

/** The names of those variables that neither the environment nor a flag has outdone. */
export function thatCount(file: AllGiven, given: AllGiven): string[] {
  const counting = [...file].filter(([name, one]) => given.get(name) === one);
  return [...new Set(counting.map(([, { source }]) => source.slice(0, -IN_ENV_FILE.length)))];
}

/** Throws a `UsageError` that names the line; not what is in it, which may be a secret. */
function variablesIn(text: string): ReadonlyMap<string, string> {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  return new Map(
    lines.flatMap((line, index) => {
      if (/^\s*(?:#|$)/.test(line)) return [];
      // Line by line: by itself it would pass over what it does not understand.
      const [variable, ...others] = Object.entries(util.parseEnv(line));
      if (variable && others.length === 0 && /^[\w.-]+$/.test(variable[0])) {
        return [variable as [string, string]];
      }
      throw new UsageError(`${ENV_FILE}, line ${index + 1}: this is not NAME=value.`);
    }),
  );
}

function textOf(readFile: (path: string) => string): string | undefined {
  try {
    return readFile(ENV_FILE);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A folder of that name is something else: Python's, mostly.
    if (code === 'ENOENT' || code === 'EISDIR') return undefined;
    throw new UsageError(`${ENV_FILE} cannot be read: ${message}.`);
  }
}
