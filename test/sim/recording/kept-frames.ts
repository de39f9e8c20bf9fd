/** The frames of a recording, as many of the last as there is room for. */
import type { NodeId } from '../../../src/core/data/version.js';

interface KeptFrame {
  readonly text: string;
  /** Whose it is, if a fold needs it. */
  readonly node?: NodeId;
  readonly isSnapshot?: boolean;
}

/** Dropped frames are let go by so many at a time. */
const COMPACT_AT = 4096;
const SEPARATOR_BYTES = 2;

export class KeptFrames {
  readonly #maxBytes: number;
  #frames: KeptFrame[] = [];
  #first = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(frame: KeptFrame): void {
    this.#frames.push(frame);
    this.#bytes += bytesOf(frame);
    while (this.#bytes > this.#maxBytes) {
      this.#bytes -= bytesOf(this.#frames[this.#first++]!);
      this.#dropped++;
    }
    if (this.#first < COMPACT_AT) return;
    this.#frames = this.#frames.slice(this.#first);
    this.#first = 0;
  }

  /** What a node told before the first snapshot of it that is left is of no use to a fold. */
  finish(): { frames: string[]; dropped: number } {
    const begun = new Set<NodeId>();
    const frames = this.#frames.slice(this.#first).filter(({ node, isSnapshot }) => {
      if (isSnapshot) begun.add(node!);
      return node === undefined || begun.has(node);
    });
    const left = this.#frames.length - this.#first - frames.length;
    return { frames: frames.map(({ text }) => text), dropped: this.#dropped + left };
  }
}

function bytesOf({ text }: KeptFrame): number {
  return Buffer.byteLength(text) + SEPARATOR_BYTES;
}
