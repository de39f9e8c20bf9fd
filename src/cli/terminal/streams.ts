/** Where a command prints: standard output or error, or what a test has in their place. */

export interface Stream {
  /** False: it takes more after `drain`. */
  write(text: string | Uint8Array): unknown;
  once?(event: 'drain', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  hasColors?(): boolean;
}

export interface Streams {
  readonly out: Stream;
  readonly error: Stream;
}
