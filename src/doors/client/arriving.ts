/**
 * What has come of a frame that is not there yet. The library keeps it, and tells nobody before its
 * end; so it is what the socket has read beyond the frames that were told. A client that stops in
 * the middle would keep that memory for as long as it likes (compare `../http/upload-watch.ts`).
 */
import type { Socket } from 'node:net';

/** Less is not worth a look: pieces of frames wait in the socket as well. */
const LEAST_BYTES = 16 << 10;
/** Between two looks of the door, so much has to come of it. */
const LEAST_PROGRESS_BYTES = 2500;
const MASK_BYTES = 4;

export class Arriving {
  readonly #raw: Socket;
  #told: number;
  #before = 0;

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

  /** Whether it comes too slowly, since this was last asked. */
  isSlow(): boolean {
    const { bytes } = this;
    const isSlow = this.#before > 0 && bytes > 0 && bytes - this.#before < LEAST_PROGRESS_BYTES;
    this.#before = bytes;
    return isSlow;
  }
}
