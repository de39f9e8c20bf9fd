/**
 * What a command prints. Texts may hold what strangers have sent: all of them pass through here,
 * and here nothing that moves a cursor comes through. Colours are added behind that.
 */
// As a whole: an older Node.js has no `styleText`, and is to end by the sentence of `preflight.ts`.
import * as util from 'node:util';
import { printable } from '../printable.js';
import { Progress } from './progress.js';
import type { Stream, Streams } from './streams.js';
import { wrapped } from './wrapping.js';

export const FORMS = ['table', 'json', 'value'] as const;
export type Form = (typeof FORMS)[number];

/** Words of `node:util`'s `styleText`. */
export type Style = Parameters<typeof util.styleText>[0];
export type Text = string | { readonly text: string; readonly style: Style };
export type Line = readonly Text[];

/** One result in all forms in which it may be asked for. */
export interface Report {
  readonly json: unknown;
  /** For people. */
  readonly table: () => readonly Line[];
  /** The one thing that a script wants, in lines. */
  readonly value: () => string;
}

/** Of a terminal that does not say, as most have it. */
const USUAL_COLUMNS = 80;

export function textOf(text: Text): string {
  return typeof text === 'string' ? text : text.text;
}

export class Output {
  /** What was asked for; a command may have a form of its own if nothing was. */
  readonly asked: Form | undefined;
  readonly #out: Stream;
  readonly #error: Stream;

  constructor(asked: Form | undefined, { out, error }: Streams) {
    this.asked = asked;
    this.#out = out;
    this.#error = error;
  }

  get isTerminal(): boolean {
    return this.#out.isTTY === true;
  }

  /** Columns; without end where nobody looks. */
  get width(): number {
    return widthOf(this.#out);
  }

  report({ json, table, value }: Report): void {
    const form = this.asked ?? 'table';
    if (form === 'json') this.json(json);
    else if (form === 'table') this.lines(table());
    else for (const line of value().split('\n')) this.lines([[line]]);
  }

  /** Lines may be longer than the terminal is wide: what they say is not cut. */
  lines(lines: readonly Line[]): void {
    for (const line of lines) this.#out.write(`${painted(line, this.#out)}\n`);
  }

  /** A sentence, in as many lines as it takes; `indent` stands before all but the first. */
  sentence(text: string, style: Style = 'reset', indent = ''): Line[] {
    const lines = wrapped(text, this.width - indent.length);
    return lines.map((line, index) => [{ text: (index === 0 ? '' : indent) + line, style }]);
  }

  /** `isShort`: in one line, as one of many. */
  json(value: unknown, isShort = false): void {
    const text = JSON.stringify(value, undefined, isShort ? undefined : 2);
    this.#out.write(`${text.split('\n').map(printable).join('\n')}\n`);
  }

  /** Byte for byte, whatever that does. */
  bytes(bytes: Uint8Array): void {
    this.#out.write(bytes);
  }

  /** A part of something long; resolves when there is room for more. */
  async passed(text: string): Promise<void> {
    if (this.#out.write(text) !== false) return;
    await new Promise<void>((resolve) => this.#out.once?.('drain', resolve) ?? resolve());
  }

  /** Draws over what was drawn before, on a terminal. */
  redraw(lines: readonly Line[]): void {
    if (!this.isTerminal) return this.lines([...lines, []]);
    const text = lines.map((line) => `${painted(line, this.#out)}\u001b[K\n`).join('');
    this.#out.write(`\u001b[H${text}\u001b[J`);
  }

  clear(): void {
    if (this.isTerminal) this.#out.write('\u001b[2J');
  }

  /** For the person in front of it, whatever becomes of the output. */
  note(text: string): void {
    const width = widthOf(this.#error);
    const lines = `quorate: ${text}`.split('\n').flatMap((line) => wrapped(line, width));
    this.#error.write(`${lines.map(printable).join('\n')}\n`);
  }

  /** For the same person, not as a message. */
  aside(lines: readonly Line[]): void {
    for (const line of lines) this.#error.write(`${painted(line, this.#error)}\n`);
  }

  progress(): Progress {
    return new Progress(this.#error);
  }
}

function widthOf({ isTTY, columns }: Stream): number {
  return isTTY ? columns || USUAL_COLUMNS : Number.POSITIVE_INFINITY;
}

function painted(line: Line, stream: Stream): string {
  const isColoured = stream.isTTY === true && stream.hasColors?.() === true;
  return line
    .map((text) => {
      const safe = printable(textOf(text));
      const isPlain = typeof text === 'string' || !isColoured || safe === '';
      return isPlain ? safe : util.styleText(text.style, safe, { validateStream: false });
    })
    .join('');
}
