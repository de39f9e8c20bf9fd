/**
 * What has come of a frame that is not there yet. The library keeps it, and tells nobody before its
 * end; so it is what the socket has read beyond the frames that were told. A client that stops in
 * the middle would keep that memory for as long as it likes (compare `../http/upload-watch.ts`).
 */
import type { Socket } from 'node:net';

/** Less is not worth a look: pieces of frames wait in the socket as well. */
const LEAST_BYTES = 16 << 10;
/** Between two looks of the door, so much has to come. */
const LEAST_PROGRESS_BYTES = 2500;
const MASK_BYTES = 4;

export class Arriving {
  readonly #raw: Socket;
  #told: number;
  /** At the last look: bytes that had come of a frame, of all frames, and of those at their end. */
  #before = { bytes: 0, read: 0, told: 0 };

  /** Of a socket on which no frame has come yet. */
  constructor(raw: Socket) {
    this.#raw = raw;
    this.#told = raw.bytesRead;
  }

  /** A frame of so many bytes is there. */
  told(bytes: number): void {
    const header = bytes < 126 ? 2 : bytes < 1 << 16 ? 4 : 10;
    this.#told += header + MASK_BYTES + bytes;
  }

  /** Bytes that have come of the next one. */
  get bytes(): number {
    const bytes = this.#raw.bytesRead - this.#told;
    return bytes < LEAST_BYTES ? 0 : bytes;
  }

  /**
   * How it has come since this was last asked: `slow` if hardly anything has, `long` if it was
   * under way then already.
   */
  look(): 'well' | 'long' | 'slow' {
    const { bytes } = this;
    const read = this.#raw.bytesRead;
    const before = this.#before;
    this.#before = { bytes, read, told: this.#told };
    if (bytes === 0 || before.bytes === 0) return 'well';
    if (read - before.read < LEAST_PROGRESS_BYTES) return 'slow';
    return before.told === this.#told ? 'long' : 'well';
  }
}
