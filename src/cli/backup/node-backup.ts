/** What one node gives, on its way into a file; it is looked at while it goes by. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { decodeHead, isIntactRecord } from '../../core/data/record.js';
import { PARTS, type Part, type StreamItem, StreamReader } from '../../core/wire/backup-stream.js';
import { systemClock as clock } from '../../system.js';
import type { RingAnswer } from '../client/answers.js';
import { WholeFile } from '../dump/whole-file.js';
import { fetchPart } from './fetch-part.js';
import { fileOf, type NodeFile } from './manifest.js';

export class NodeBackup {
  readonly id: string;
  readonly address: string;
  bytes = 0;
  readonly #ring: RingAnswer;
  readonly #file: WholeFile;
  readonly #hash = createHash('sha256');
  readonly #stream = new StreamReader();
  readonly #counts = { hints: 0, rows: 0, tombstones: 0, unreadable: 0 };
  /** Parts that are here as a whole. */
  readonly #ended: Part[] = [];
  /** What it said last it would believe at the most, and when, by the monotonic clock. */
  #latest = { at: 0, said: 0 };

  /** Nobody else writes into the folder. Throws `CommandFailed` if there can be no file. */
  constructor(folder: string, member: { id: string; address: string }, ring: RingAnswer) {
    this.id = member.id;
    this.address = member.address;
    this.#ring = ring;
    this.#file = new WholeFile(join(folder, fileOf(this.id)), { isOurs: true });
  }

  /**
   * Rejects with an `Error` that says why the node gives no whole part, and with `CommandFailed` if
   * that is for want of a place to put it.
   */
  async fetch(part: Part, went: () => void): Promise<void> {
    await fetchPart(this.address, part, (piece) => {
      this.#file.write(piece);
      this.#hash.update(piece);
      this.bytes += piece.length;
      for (const item of this.#stream.take(piece)) this.#see(part, item);
      went();
    });
    if (!this.#ended.includes(part) || !this.#stream.isAtEnd) {
      throw new Error('it hung up before the end');
    }
  }

  /** Whether it could read all that it holds. */
  get isWhole(): boolean {
    return this.#counts.unreadable === 0;
  }

  /** What it would believe at that time of the monotonic clock: `core/wire/backup-stream.ts`. */
  latest(nowMs: number): number {
    return this.#latest.said + nowMs - this.#latest.at;
  }

  #see(part: Part, item: StreamItem): void {
    if (Array.isArray(item)) {
      for (const record of item) {
        if (!isIntactRecord(record)) throw new Error('a record came damaged');
        this.#counts[part]++;
        if (decodeHead(record).tombstone) this.#counts.tombstones++;
      }
      return;
    }
    if ('failure' in item) throw new Error(item.failure);
    const { clusterId, epoch } = this.#ring;
    if (item.node !== this.id || item.clusterId !== clusterId) {
      throw new Error(`another node answers there, ${item.node}`);
    }
    if (item.epoch !== epoch) {
      throw new Error(`its ring is that of epoch ${item.epoch}, and not of ${epoch}`);
    }
    if (item.part !== part || item.records !== this.#counts[part]) {
      throw new Error('it has not given what it says');
    }
    this.#counts.unreadable += item.unreadable;
    this.#latest = { at: clock.monotonic(), said: item.latest };
    this.#ended.push(part);
  }

  /** It is in its place. */
  finish(): NodeFile {
    const { id, address, bytes } = this;
    if (this.#ended.length !== PARTS.length) throw new Error('a backup of a node has all parts');
    this.#file.finish();
    const sha256 = this.#hash.digest('hex');
    return { id, address, file: fileOf(id), bytes, sha256, ...this.#counts };
  }

  giveUp(): void {
    this.#file.giveUp();
  }
}
