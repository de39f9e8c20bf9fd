/** The bytes of a file or of standard input as lines, however long it is. */
import { LineSplitter } from '../../core/wire/line-splitter.js';

/** More than a line of a dump has; what is no dump, and one endless line, is not to be held. */
const MOST_LINE_BYTES = 128 << 20;

/** Without their ends; `too long` in the place of one that no dump has. */
export async function* linesOf(
  pieces: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer | 'too long', void> {
  const lines: (Buffer | 'too long')[] = [];
  const splitter = new LineSplitter(MOST_LINE_BYTES, {
    hold: () => true,
    letGo: () => undefined,
    line: (line) => void lines.push(typeof line === 'string' ? 'too long' : line),
  });
  for await (const piece of pieces) {
    splitter.take(piece);
    yield* lines.splice(0);
  }
  splitter.end();
  const last = lines.pop();
  // Behind the last line feed there is none.
  if (last && last.length > 0) yield last;
}
