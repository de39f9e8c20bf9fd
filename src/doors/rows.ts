/**
 * Rows of the table of routes: every door declares its own, and `routes.ts` joins them. A path that
 * ends in a slash stands for all paths that begin with it, as in Go's `ServeMux`; it is one segment
 * long, and what stands behind it is the handler's to read.
 */
import { assert } from '../core/assert.js';
import type { DoorContext } from './context.js';
import type { Exchange } from './http/exchange.js';

/** Answers a request, now or later; throws a `Problem` where nobody can. */
type Handler = (exchange: Exchange, context: DoorContext) => void;
/** By method; HEAD is answered as GET. */
type Row = { readonly [method: string]: Handler };
/** By path. */
export type Rows = { readonly [path: string]: Row };

/** One table of all; each line, a method at a path, has one handler. */
export function joinRows(...doors: readonly Rows[]): ReadonlyMap<string, Row> {
  const table = new Map<string, Row>();
  for (const [path, row] of doors.flatMap((rows) => Object.entries(rows))) {
    const former = table.get(path) ?? {};
    const isNew = Object.keys(row).every((method) => !Object.hasOwn(former, method));
    assert(isNew, `each method at ${path} has one handler`);
    table.set(path, { ...former, ...row });
  }
  return table;
}

/** The row of a path, or of what it begins with. */
export function rowAt(table: ReadonlyMap<string, Row>, path: string): Row | undefined {
  return table.get(path) ?? table.get(path.slice(0, path.indexOf('/', 1) + 1));
}
