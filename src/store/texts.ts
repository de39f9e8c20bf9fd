/**
 * The small texts of `setMeta`, as this side knows them: what is on disk, and what waits to be. One
 * goes at a time, so that one that finds no room on the disk goes again ahead of those behind it.
 */
import { present } from '../core/assert.js';

interface Waiting {
  readonly name: string;
  readonly text: string;
  readonly done: () => void;
}

type Send = (text: Omit<Waiting, 'done'>, done: (isStored: boolean) => void) => void;

export class Texts {
  readonly #stored: Map<string, string>;
  readonly #send: Send;
  /** Oldest first. The first of them may be at the thread. */
  readonly #waiting: Waiting[] = [];
  #isInFlight = false;
  #lacksRoom = false;

  constructor(stored: Iterable<readonly [string, string]>, send: Send) {
    this.#stored = new Map(stored);
    this.#send = send;
  }

  get(name: string): string | undefined {
    return this.#stored.get(name);
  }

  set(name: string, text: string, done: () => void): void {
    this.#waiting.push({ name, text, done });
    this.#sendNext();
  }

  /** The oldest has found no room on the disk. */
  get lacksRoom(): boolean {
    return this.#lacksRoom;
  }

  /** All are stored that the disk has room for. */
  get isIdle(): boolean {
    return this.#waiting.length === 0 || this.#lacksRoom;
  }

  /** There may be room again. */
  tryAgain(): void {
    this.#lacksRoom = false;
    this.#sendNext();
  }

  #sendNext(): void {
    const [first] = this.#waiting;
    if (!first || this.#isInFlight || this.#lacksRoom) return;
    this.#isInFlight = true;
    this.#send(first, (isStored) => {
      this.#isInFlight = false;
      this.#lacksRoom = !isStored;
      if (!isStored) return;
      const { name, text, done } = present(this.#waiting.shift(), 'the text that is stored');
      this.#stored.set(name, text);
      this.#sendNext();
      done();
    });
  }
}
