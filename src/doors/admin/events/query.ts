/** What of an event stream a client asks for, by its query. */
import type { EventQuery } from '../../context.js';
import { Problem } from '../../http/problem.js';

const NAMES = ['types', 'since', 'nodes'];
const MAX_PREFIXES = 50;
const PREFIX = /^[a-z]{1,40}\.?[a-zA-Z]{0,40}$/;

/** Throws a `Problem` for what makes no sense: nothing that was asked for may be ignored. */
export function queryOf(parameters: URLSearchParams, lastEventId?: string): EventQuery {
  for (const name of parameters.keys()) {
    const quoted = JSON.stringify(name.slice(0, 40));
    if (!NAMES.includes(name)) {
      const allowed = `allowed here: ${NAMES.join(', ')}`;
      throw new Problem('bad_request', `unknown query parameter ${quoted}; ${allowed}`);
    }
    if (parameters.getAll(name).length > 1) {
      throw new Problem('bad_request', `the query parameter ${quoted} is given twice`);
    }
  }
  return {
    types: typesOf(parameters.get('types')),
    since: sinceOf(parameters.get('since') ?? lastEventId),
    nodes: nodesOf(parameters.get('nodes')),
  };
}

function typesOf(text: string | null): string[] {
  if (text === null) return [];
  // Every type begins so.
  if (text === 'all') return [''];
  const prefixes = text.split(',');
  if (prefixes.length > MAX_PREFIXES || !prefixes.every((prefix) => PREFIX.test(prefix))) {
    const what = 'types has to be a list of beginnings of types, such as member.,ring., or all';
    throw new Problem('bad_request', `${what} (${MAX_PREFIXES} at most)`);
  }
  return prefixes;
}

function sinceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const since = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(since)) return since;
  throw new Problem('bad_request', 'since has to be the seq of an event, a whole number');
}

export function nodesOf(text: string | null): 'this' | 'all' {
  if (text === null) return 'this';
  if (text === 'all') return 'all';
  throw new Problem('bad_request', 'nodes has to be all, or left out for this node alone');
}
