/** Command lines of `quorate` within the process of a test: what they print, and how they end. */
import { exitCode } from '../../../src/cli/exit-codes.js';
import { run } from '../../../src/cli/run.js';
import type { Stream } from '../../../src/cli/terminal/streams.js';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Columns of a terminal that shows colours. */
export interface Terminal {
  readonly columns: number;
}

/** `words` are split at spaces; a word that has some stands in a list of its own. */
export async function quorate(
  words: string | readonly string[],
  terminal?: Terminal,
): Promise<Ended> {
  const argv = typeof words === 'string' ? words.split(' ') : words;
  const [out, error] = [new Written(terminal), new Written(terminal)];
  const code = exitCode(await run(argv, { out, error }));
  return { code, stdout: out.text, stderr: error.text };
}

class Written implements Stream {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #parts: Buffer[] = [];

  constructor(terminal: Terminal | undefined) {
    this.isTTY = terminal !== undefined;
    this.columns = terminal?.columns ?? 0;
  }

  write(part: string | Uint8Array): void {
    this.#parts.push(Buffer.from(part as string));
  }

  hasColors(): boolean {
    return true;
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such.
const COLOURS = /\u001b\[\d+m/g;

export function withoutColours(text: string): string {
  return text.replace(COLOURS, '');
}
