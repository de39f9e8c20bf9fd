/** The body of a pool thread. */
import { type KeyVersion, newerEntries } from '../core/tree/newer-entries.js';

export default function diff(task: {
  ours: readonly KeyVersion[];
  theirs: readonly KeyVersion[];
}): number[] {
  return newerEntries(task.ours, task.theirs);
}
