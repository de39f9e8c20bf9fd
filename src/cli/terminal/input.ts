/** What comes in by standard input. */
import { fstatSync } from 'node:fs';

/** Whether somebody sends something: a script that forgot to must not send nothing. */
export function isPiped(): boolean {
  const input = fstatSync(0);
  return input.isFIFO() || input.isFile() || input.isSocket();
}
