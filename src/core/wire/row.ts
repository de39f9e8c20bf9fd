/**
 * One row of the table of messages: all there is to say of a message stands in it. How it is
 * written and read, how it travels, what answers it and how it is refused are made from that.
 */
import type { Shape, StructOf } from '../codec.js';

/** The small goes by control, so that a probe never waits behind a value. */
export type Channel = 'control' | 'bulk';

/**
 * What is dropped first when a peer does not keep up. `gossip` is repeated by whoever sends it, and
 * stale when it waits. `repair` is started again later. A `request` has somebody waiting for it.
 */
export type Priority = 'gossip' | 'repair' | 'request';

export interface Row<S extends Shape> {
  /** Append-only: peers of different builds talk to each other. */
  readonly tag: number;
  /** One sentence for a person. */
  readonly what: string;
  readonly fields: S;
  /** Unless said otherwise, `control`; large messages take `bulk` whatever their type. */
  readonly channel?: Channel;
  /** Unless said otherwise, `request`. */
  readonly priority?: Priority;
  /** Bytes of what may be large in it; nothing may, unless said otherwise. */
  readonly size?: (message: StructOf<S>) => number;
}

/** The reply carries the `call` of the request. */
export type RequestRow<S extends Shape, R extends string> = Row<S> & { readonly reply: R };

/** What it carries beside call, outcome and epoch if the request was refused. */
export type RefusableRow<S extends Shape> = Row<S> & {
  readonly refused: Omit<StructOf<S>, 'call' | 'outcome' | 'epoch'>;
};

/** A message that nobody waits for, or a reply that says in its own way that it is none. */
export function message<S extends Shape>(row: Row<S>): Row<S> {
  return row;
}

export function request<S extends Shape, R extends string>(
  row: RequestRow<S, R>,
): RequestRow<S, R> {
  return row;
}

/** A reply with an outcome. */
export function refusable<S extends Shape>(row: RefusableRow<S>): RefusableRow<S> {
  return row;
}

export function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
