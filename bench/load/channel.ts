/** What a load knows of a system: connections that take operations. */

export interface Operation {
  /** `swap`: a put on the condition that the key has this version. */
  readonly kind: 'put' | 'get' | 'swap';
  readonly key: string;
  /** Of a put or swap: text, each character a byte. */
  readonly value?: string;
  /** Of a swap: what a get or an earlier swap of the key has answered as `version`. */
  readonly version?: string;
}

export interface Answer {
  /** `refused`: the condition of a swap did not hold. `unknown`: whether it was made. */
  readonly outcome: 'done' | 'refused' | 'unknown' | 'failed';
  /** Of a get, as text. Of what failed: how the system said it. */
  readonly text: string;
  /** Of a get or swap, if the system has conditions. */
  readonly version?: string;
}

export interface Channel {
  /** `done` is called once, and not before `ask` has returned. Throws no error. */
  ask(operation: Operation, done: (answer: Answer) => void): void;
  close(): void;
}

/** Of every put that went well: nothing is to be said about it. */
export const DONE: Answer = { outcome: 'done', text: '' };
export const REFUSED: Answer = { outcome: 'refused', text: '' };

export function failed(text: string): Answer {
  return { outcome: 'failed', text };
}
