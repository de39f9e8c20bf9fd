/** The hints of a simulated store: who is kept what, on a simulated disk. */
import { present } from '../../../src/core/assert.js';
import {
  type EncodedRecord,
  isIntactRecord,
  recordKey,
  recordVersion,
} from '../../../src/core/data/record.js';
import { compareVersions, type NodeId } from '../../../src/core/data/version.js';
import type { Hint, HintSize, Store } from '../../../src/ports.js';
import { type HintRow, nameOf, type SimDisk } from './disk.js';

export class SimHints {
  readonly #disk: SimDisk;
  readonly #maxBytes: number;
  #nextId: number;

  constructor(disk: SimDisk, maxBytes: number) {
    this.#disk = disk;
    this.#maxBytes = maxBytes;
    this.#nextId = Math.max(0, ...this.#all.map(({ id }) => id)) + 1;
  }

  get #all(): HintRow[] {
    return [...this.#disk.hints.values()];
  }

  /** What expires first comes first. */
  #of(target: NodeId): HintRow[] {
    const hints = this.#all.filter((hint) => hint.target === target);
    return hints.sort((a, b) => a.expiresAt - b.expiresAt || a.id - b.id);
  }

  /** Of an intact record. False if it is too much. */
  keep(hint: Omit<HintRow, 'id'>): boolean {
    const { record, target } = hint;
    const name = `${target} ${nameOf(recordKey(record))}`;
    const held = this.#disk.hints.get(name)?.record;
    const isHeld = held !== undefined && isIntactRecord(held);
    if (isHeld && compareVersions(recordVersion(held), recordVersion(record)) >= 0) return true;
    const others = bytesOf(this.#all) - (held?.length ?? 0);
    if (others + record.length > this.#maxBytes) return false;
    this.#disk.hints.set(name, { ...hint, id: this.#nextId++ });
    return true;
  }

  list({ target, after, limit, bytes }: Parameters<Store['hints']>[0]): Hint[] {
    const isBehind = ({ expiresAt, id }: HintRow) =>
      !after || expiresAt > after.expiresAt || (expiresAt === after.expiresAt && id > after.id);
    return this.#upTo(bytes, this.#of(target).filter(isBehind).slice(0, limit));
  }

  behind({ after, limit, bytes }: { after: number; limit: number; bytes: number }): Hint[] {
    const all = this.#all.filter(({ id }) => id > after).sort((a, b) => a.id - b.id);
    return this.#upTo(bytes, all.slice(0, limit));
  }

  #upTo(bytes: number, rows: readonly HintRow[]): Hint[] {
    const hints: Hint[] = [];
    let room = bytes;
    for (const { id, record, expiresAt } of rows) {
      room -= record.length;
      if (room < 0 && hints.length > 0) break;
      hints.push({ id, record: Buffer.from(record), expiresAt });
    }
    return hints;
  }

  drop(ids: ReadonlySet<number>): void {
    const { hints } = this.#disk;
    for (const [name, { id }] of hints) if (ids.has(id)) hints.delete(name);
  }

  sizes(): HintSize[] {
    const targets = new Set(this.#all.map(({ target }) => target));
    return [...targets].map((target) => {
      const hints = this.#of(target);
      const { expiresAt } = present(hints[0], 'a hint of every target');
      return { target, rows: hints.length, bytes: bytesOf(hints), expiresAt };
    });
  }
}

export function bytesOf(rows: readonly { record: EncodedRecord }[]): number {
  return rows.reduce((sum, { record }) => sum + record.length, 0);
}
