/**
 * Ranges of keys in byte order. Both ends are positions between keys, and a walk in either
 * direction only moves one of them, so that it can be gone on with by a key alone.
 */

/** The keys that are not below `from` and are below `to`; undefined: there is no end. */
export interface KeyRange {
  readonly from: Buffer;
  readonly to: Buffer | undefined;
}

const START = Buffer.alloc(0);
const LEAST = Buffer.from([0]);
const LARGEST_BYTE = 0xff;

export const ALL_KEYS: KeyRange = { from: START, to: undefined };

/** The place directly behind a key: no other key is between them. */
export function behindKey(key: Buffer): Buffer {
  return Buffer.concat([key, LEAST]);
}

/** The keys that begin with these bytes. */
export function prefixRange(prefix: Buffer): KeyRange {
  let length = prefix.length;
  while (prefix[length - 1] === LARGEST_BYTE) length--;
  if (length === 0) return { from: prefix, to: undefined };
  const to = Buffer.from(prefix.subarray(0, length));
  to[length - 1]!++;
  return { from: prefix, to };
}

/** Of a range what is behind `after` and before `before`, as far as they are given. */
export function between(
  { from, to }: KeyRange,
  after: Buffer | undefined,
  before: Buffer | undefined,
): KeyRange {
  const start = after && behindKey(after);
  return {
    from: start && start.compare(from) > 0 ? start : from,
    to: before && (!to || before.compare(to) < 0) ? before : to,
  };
}

/** What is left of a walk through a range that has come to this key. */
export function restOf(range: KeyRange, key: Buffer, reverse: boolean): KeyRange {
  return reverse ? between(range, undefined, key) : between(range, key, undefined);
}

export function isEmptyRange({ from, to }: KeyRange): boolean {
  return to !== undefined && from.compare(to) >= 0;
}

/** Negative if a walk comes to `a` first. */
export function inOrder(a: Buffer, b: Buffer, reverse: boolean): number {
  return reverse ? b.compare(a) : a.compare(b);
}
