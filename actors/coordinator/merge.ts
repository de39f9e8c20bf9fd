/**
 * Makes one page of those that owners have sent.
 *
 * Intuition: a page that was cut off says nothing of the keys behind its end. So up to the nearest
 * end of all pages everything is known, and nothing is taken from behind it; the next part of the
 * listing goes on there. Of each key before it, every owner that was heard has said what it holds,
 * and not to hold it is an answer, too.
 *
 * Where all that were heard hold the same version, that is what a read would find. Where they do
 * not, or one of the rows is damaged or its version hard to believe, the key is unsettled: a read
 * of it has to decide, which repairs what it finds different. So there is one rule for what a key
 * holds, and a listing never shows what a later read could take back.
 *
 * Rejected alternative: the newest of what was heard, without a read. A write that nobody
 * acknowledged would be listed now, and be gone in the next listing.
 */
import { inOrder } from '../../src/core/data/key-range.js';
import { decodeHead, isIntactRecord } from '../../src/core/data/record.js';
import type { ScanPage } from '../../src/core/data/scan-page.js';
import type { Version } from '../../src/core/data/version.js';
import { versionBytes } from '../../src/core/data/version-bytes.js';
import type { HeardPage } from './scan.js';

export interface MergedRow {
  readonly key: Buffer;
  /** The record or the head that all hold; undefined if only a read can tell. */
  readonly held: Buffer | undefined;
}

export interface MergedPage {
  /** Each key once, in order. */
  readonly rows: readonly MergedRow[];
  /** As of `ScanPage`. */
  readonly next: Buffer | undefined;
}

export interface MergeRules {
  readonly reverse: boolean;
  /** Held has to be whole records. */
  readonly withValues: boolean;
  /** The place of the set of owners that a key belongs to. */
  readonly setOf: (key: Buffer) => number;
  readonly isBelieved: (version: Version) => boolean;
}

export function mergePages(pages: readonly HeardPage[], rules: MergeRules): MergedPage {
  const { reverse, setOf } = rules;
  const next = nearestEnd(pages, reverse);
  const isKnown = (key: Buffer) => next === undefined || inOrder(key, next, reverse) <= 0;
  // Each page is in order already, which this kind of sort finds out and makes use of.
  const all = pages
    .flatMap(({ rows }) => rows)
    .filter(({ key }) => isKnown(key))
    .sort((a, b) => inOrder(a.key, b.key, reverse));
  const heard = heardOf(pages);
  const rows: MergedRow[] = [];
  for (let start = 0; start < all.length; ) {
    const { key } = all[start]!;
    let end = start + 1;
    while (end < all.length && all[end]!.key.equals(key)) end++;
    const isComplete = end - start === heard.get(setOf(key));
    const shown = all.slice(start, end).map(({ held }) => held);
    rows.push({ key, held: isComplete ? agreed(shown, rules) : undefined });
    start = end;
  }
  return { rows, next };
}

/** Where the first of the pages is cut off; undefined if none is. */
function nearestEnd(pages: readonly ScanPage[], reverse: boolean): Buffer | undefined {
  let nearest: Buffer | undefined;
  for (const { next } of pages) {
    if (next && (!nearest || inOrder(next, nearest, reverse) < 0)) nearest = next;
  }
  return nearest;
}

/** How many pages tell of each set. */
function heardOf(pages: readonly HeardPage[]): Map<number, number> {
  const heard = new Map<number, number>();
  for (const { sets } of pages) {
    for (const set of sets) heard.set(set, (heard.get(set) ?? 0) + 1);
  }
  return heard;
}

/** What all of them are; undefined if they differ, or cannot be shown as they are. */
function agreed(
  shown: readonly Buffer[],
  { withValues, isBelieved }: MergeRules,
): Buffer | undefined {
  const [first] = shown;
  if (!first || first.length === 0) return undefined;
  const isSame = (held: Buffer) =>
    held.length > 0 && versionBytes(held).equals(versionBytes(first));
  if (!shown.every(isSame) || !isBelieved(decodeHead(first).version)) return undefined;
  if (!withValues) return first;
  const record = shown.find((held) => isIntactRecord(held));
  return record ?? (decodeHead(first).tombstone ? first : undefined);
}
