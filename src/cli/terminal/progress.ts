/** How far something long is: a bar on a terminal, else a line for each change of it. */
import { printable } from '../printable.js';
import type { Stream } from './streams.js';

const BAR = 24;

export class Progress {
  readonly #stream: Stream;
  #shown = '';

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** It is drawn over and over; else each change of it is a line. */
  get isBar(): boolean {
    return this.#stream.isTTY === true;
  }

  /** `of`: how many in all; 0 if there is nothing to count. `text`: of what, or why it waits. */
  show(done: number, of: number, text: string): void {
    const figures = of > 0 ? `${done}/${of} ` : '';
    const said = `${figures}${printable(text)}`;
    if (said === this.#shown || said === '') return;
    this.#shown = said;
    if (!this.isBar) return void this.#stream.write(`${said}\n`);
    const full = of > 0 ? Math.round((done / of) * BAR) : 0;
    const bar = of > 0 ? `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ` : '';
    this.#stream.write(`\r\u001b[K${`${bar}${said}`.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  }

  /** Leaves nothing behind. */
  end(): void {
    if (this.isBar && this.#shown !== '') this.#stream.write('\r\u001b[K');
    this.#shown = '';
  }
}
