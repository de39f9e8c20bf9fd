/** Reads a dump line by line, and knows whether it is whole. */
import { createReadStream } from 'node:fs';
import { type Entry, parseEntry } from './entry.js';
import { linesOf } from './lines.js';

/** An entry, or what is wrong, at its place. */
export type Read = { readonly line: number } & (
  | { readonly entry: Entry; readonly fault?: undefined }
  /** A sentence about the line. */
  | { readonly entry?: undefined; readonly fault: string }
);

/** `file`: undefined for standard input. */
export function piecesOf(file: string | undefined): AsyncIterable<Buffer> {
  return file === undefined ? process.stdin : createReadStream(file);
}

/** Ends with a fault if the dump does; others may come before it. */
export async function* readDump(pieces: AsyncIterable<Buffer>): AsyncGenerator<Read, void> {
  let line = 0;
  /** Since the last line that says how many there are. */
  let entries = 0;
  let isEnded = false;
  for await (const raw of linesOf(pieces)) {
    line++;
    if (raw.length === 0) continue;
    try {
      if (raw === 'too long') throw new Error('it is longer than any line of a dump');
      const parsed = parseEntry(raw);
      isEnded = 'keys' in parsed;
      if ('key' in parsed) {
        entries++;
        yield { line, entry: parsed };
      } else {
        const { keys } = parsed;
        if (keys !== entries) throw new Error(`it tells of ${keys} keys, and there are ${entries}`);
        entries = 0;
      }
    } catch (error) {
      yield { line, fault: (error as Error).message };
    }
  }
  if (isEnded) return;
  const fault = 'the last line, which says how many keys there are, is missing: it was cut short';
  yield { line: line + 1, fault };
}
