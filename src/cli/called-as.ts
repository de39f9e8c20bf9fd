/** How a program was called, so that what it recommends is a line of the same kind. */
import { basename } from 'node:path';

/** `script`: as npm runs it; `verb`: as a verb of `quorate`. */
export function calledAs(script: string, verb: string): string {
  return basename(process.argv[1] ?? '').startsWith('quorate') ? `quorate ${verb}` : script;
}
