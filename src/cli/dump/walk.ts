/**
 * All keys of a cluster with their values, page by page, through whatever happens to nodes: what
 * one refuses is asked of the next, from where it has come to. A page holds about a megabyte.
 *
 * Rejected alternative: the list as one stream. It saves a round trip for each page, and has to be
 * read, cut and gone on with by other means than all that is asked otherwise.
 */
import type { Nodes } from '../client/nodes.js';
import type { Entry } from './entry.js';
import { isForNow, PATIENCE_MS, tries } from './patience.js';

interface Page {
  readonly keys: readonly (Entry & { readonly size: number; readonly ttl?: number })[];
  readonly next: string | null;
}

/** A page ends after half of it, with what it has. */
const PAGE_MS = 10_000;
const PAGE_KEYS = 1000;

/**
 * Throws `CommandFailed` if a page cannot be had for so long, and at once if that is the first.
 */
export async function* walk(
  nodes: Nodes,
  prefix: string,
  patienceMs = PATIENCE_MS,
): AsyncGenerator<Entry[], void> {
  let patience = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await pageOf(nodes, targetOf(prefix, cursor), patience);
    yield page.keys.map(({ size: _size, ttl: _ttl, ...entry }) => entry);
    cursor = page.next;
    patience = patienceMs;
  }
}

function targetOf(prefix: string, cursor: string): string {
  const query = new URLSearchParams({ values: '1', limit: `${PAGE_KEYS}`, timeout: `${PAGE_MS}` });
  if (prefix !== '') query.set('prefix', prefix);
  if (cursor !== '') query.set('cursor', cursor);
  return `/kv?${query}`;
}

async function pageOf(nodes: Nodes, target: string, patienceMs: number): Promise<Page> {
  let last: unknown;
  for await (const _ of tries(patienceMs)) {
    try {
      return await nodes.json<Page>(target, { withinMs: PAGE_MS * 2 });
    } catch (error) {
      if (!isForNow(error)) throw error;
      last = error;
      nodes.turn();
    }
  }
  throw last;
}
