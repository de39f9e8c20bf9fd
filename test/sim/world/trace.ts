/**
 * What a run leaves behind: a hash that is equal for equal runs, and, when somebody wants to read
 * them, the last lines of what happened.
 */
const asFloat = new Float64Array(1);
const asWords = new Int32Array(asFloat.buffer);

export interface TraceOptions {
  /** Lines kept for the end; 0 keeps none and makes none. */
  readonly keep: number;
  /** Given every line as it is made. */
  readonly print?: (line: string) => void;
}

export class Trace {
  /** Ask before making a line: most runs are read by nobody. */
  readonly on: boolean;
  readonly #options: TraceOptions;
  readonly #lines: string[] = [];
  #next = 0;
  #hash = 0x811c9dc5;

  constructor(options: TraceOptions) {
    this.#options = options;
    this.on = options.keep > 0 || options.print !== undefined;
  }

  /** Eight hexadecimal digits. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** Whatever distinguishes one run from another goes in here. */
  mix(value: number): void {
    asFloat[0] = value;
    let hash = Math.imul(this.#hash ^ asWords[0]!, 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15) ^ asWords[1]!, 0x85ebca6b);
    this.#hash = hash ^ (hash >>> 13);
  }

  line(atMs: number, who: string, what: string): void {
    const line = `${(atMs / 1000).toFixed(4).padStart(10)}  ${who.padEnd(8)} ${what}`;
    this.#options.print?.(line);
    if (this.#options.keep === 0) return;
    this.#lines[this.#next % this.#options.keep] = line;
    this.#next++;
  }

  /** The last lines, oldest first. */
  get lines(): string[] {
    const { keep } = this.#options;
    if (this.#next <= keep) return [...this.#lines];
    const oldest = this.#next % keep;
    return [...this.#lines.slice(oldest), ...this.#lines.slice(0, oldest)];
  }
}
