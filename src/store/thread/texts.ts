/**
 * Small named texts, such as who the node is, its ring and its votes: what a node believes of its
 * disk when it starts. So each has a checksum, of its name as well.
 */
import type { Database, Statement } from 'better-sqlite3';
import { checksum } from '../../core/hash.js';
import { Damaged } from './problems.js';

export class Texts {
  readonly #save: Statement<[string, string, number]>;
  readonly #all: Statement<[], [string, string, unknown]>;

  constructor(db: Database) {
    this.#save = db.prepare('INSERT OR REPLACE INTO meta (name, text, checksum) VALUES (?, ?, ?)');
    this.#all = db.prepare<[], [string, string, unknown]>('SELECT name, text, checksum FROM meta');
    this.#all.raw();
  }

  set(name: string, text: string): boolean {
    return this.#save.run(name, text, textChecksum(name, text)).changes > 0;
  }

  /** Throws `Damaged` if one of them is. */
  all(): [name: string, text: string][] {
    return this.#all.all().map(([name, text, held]) => {
      if (held !== textChecksum(name, text)) throw new Damaged(`its ${name} fails its checksum`);
      return [name, text];
    });
  }
}

/** Of a database that may be damaged: those that are as they were written. */
export function intactTexts(db: Database): ReadonlyMap<string, string> {
  const all = db.prepare<[], [unknown, unknown, unknown]>('SELECT name, text, checksum FROM meta');
  const texts = new Map<string, string>();
  for (const [name, text, held] of all.raw().iterate()) {
    const areTexts = typeof name === 'string' && typeof text === 'string';
    if (areTexts && held === textChecksum(name, text)) texts.set(name, text);
  }
  return texts;
}

/** With the length of the name, so that no letter of it can become one of the text. */
export function textChecksum(name: string, text: string): number {
  return checksum(Buffer.from(`${name.length} ${name}${text}`));
}
