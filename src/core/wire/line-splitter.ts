/** Cuts a body that comes in pieces into its lines. A line that is too long is told, not kept. */

/** What a line is instead, if there was no room for it. */
export type LineProblem = 'too long' | 'no room';

export interface LineTaker {
  /** Counts so many bytes for the line that is coming; false if there is no room for them. */
  hold(bytes: number): boolean;
  /** The line, whose bytes are held; or why it is lost, and none are. */
  line(line: Buffer | LineProblem): void;
  /** Of a line that is lost. */
  letGo(bytes: number): void;
}

const LINE_FEED = 0x0a;

export class LineSplitter {
  readonly #maxBytes: number;
  readonly #taker: LineTaker;
  /** Of the line that is coming. */
  #parts: Buffer[] = [];
  #bytes = 0;
  #problem: LineProblem | undefined;

  constructor(maxBytes: number, taker: LineTaker) {
    this.#maxBytes = maxBytes;
    this.#taker = taker;
  }

  take(piece: Buffer): void {
    for (let start = 0; start < piece.length; ) {
      const end = piece.indexOf(LINE_FEED, start);
      this.#add(piece.subarray(start, end < 0 ? piece.length : end));
      if (end < 0) return;
      this.#finish();
      start = end + 1;
    }
  }

  /** What stands behind the last line feed is a line, too. */
  end(): void {
    this.#finish();
  }

  #add(part: Buffer): void {
    if (this.#problem || part.length === 0) return;
    if (this.#bytes + part.length > this.#maxBytes) return this.#lose('too long');
    if (!this.#taker.hold(part.length)) return this.#lose('no room');
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  #lose(problem: LineProblem): void {
    this.#taker.letGo(this.#bytes);
    this.#problem = problem;
    this.#parts = [];
  }

  #finish(): void {
    const line = this.#problem ?? Buffer.concat(this.#parts, this.#bytes);
    this.#problem = undefined;
    this.#parts = [];
    this.#bytes = 0;
    this.#taker.line(line);
  }
}
