/** The body of a pool thread. */
import { type Entry, newerEntries } from '../core/tree/newer-entries.js';

export default function diff(task: { ours: readonly Entry[]; theirs: readonly Entry[] }): number[] {
  return newerEntries(task.ours, task.theirs);
}
