/**
 * A list has each key once, in order, and at least what a read of each key could have found when it
 * began: what was acknowledged before, or something later. So a key that nobody touches meanwhile
 * is there if it holds a value; one may be missing only if it was never acknowledged, or something
 * that came after that may have been made: a delete, or a value that expires.
 */
import { inOrder } from '../../../src/core/data/key-range.js';
import {
  compareVersions,
  formatVersion,
  NO_VERSION,
  type Version,
} from '../../../src/core/data/version.js';
import type { Check } from '../checkers/checker.js';
import { isStrict } from '../checkers/data/strict.js';
import type { Operation } from '../load/history.js';
import { type ListRun, showRun } from './history.js';

/** What was acknowledged of each key. */
type Acknowledged = ReadonlyMap<string, { readonly version: Version; readonly mayBeGone: boolean }>;

export const listsAreComplete: Check = ({ options }, violated) => {
  let acknowledged: Acknowledged = new Map();
  const atStart = new Map<ListRun, Acknowledged>();
  /** Of each key, what was made or may have been, and after which it is gone, at once or later. */
  const ends = new Map<string, Operation[]>();
  return {
    invariant: 'lists are complete',
    invoked(operation) {
      const { key } = operation;
      if (isEnd(operation)) ends.set(key, [...(ends.get(key) ?? []), operation]);
    },
    completed(operation) {
      const { kind, key, outcome, version, level } = operation;
      if (kind === 'read' || outcome !== 'ok' || !version || level === 'linearizable') return;
      if (!isStrict(operation, options)) return;
      const held = acknowledged.get(key)?.version ?? NO_VERSION;
      if (compareVersions(version, held) <= 0) return;
      // Lists that are under way keep the map that they began with.
      acknowledged = new Map(acknowledged).set(key, { version, mayBeGone: isEnd(operation) });
    },
    listing: (run) => void atStart.set(run, acknowledged),
    listed(run) {
      const before = atStart.get(run)!;
      atStart.delete(run);
      const disorder = disorderIn(run);
      if (disorder) violated(`${disorder}: ${showRun(run)}`);
      const found = new Map(run.entries.map(({ key, version }) => [key, version]));
      for (const [key, { version, mayBeGone }] of before) {
        if (key.startsWith('mixed')) continue;
        const shown = found.get(key);
        const since = `although ${formatVersion(version)} was acknowledged before: ${showRun(run)}`;
        if (shown && compareVersions(shown, version) < 0) {
          violated(`${key} is listed at ${formatVersion(shown)} ${since}`);
        }
        const isMissing = !shown && !mayBeGone && run.outcome === 'complete';
        if (isMissing && !(ends.get(key) ?? []).some((each) => mayBeAfter(each, version))) {
          violated(`${key} is not listed ${since}`);
        }
      }
    },
  };
};

function isEnd({ kind, ttlMs }: Operation): boolean {
  return kind === 'delete' || ttlMs !== undefined;
}

/** Whether it may have been made, and be newer. */
function mayBeAfter({ outcome, version, isRetried }: Operation, than: Version): boolean {
  if (isRetried) return true;
  if (outcome === 'no') return false;
  return version === undefined || compareVersions(version, than) > 0;
}

function disorderIn({ entries, reverse }: ListRun): string | undefined {
  for (const [index, { key }] of entries.entries()) {
    const before = entries[index - 1];
    if (!before) continue;
    const order = inOrder(Buffer.from(before.key), Buffer.from(key), reverse);
    if (order === 0) return `${key} is listed twice`;
    if (order > 0) return `${key} is listed behind ${before.key}`;
  }
  return undefined;
}
