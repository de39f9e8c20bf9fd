/** The file of a node in a backup: whether it is what the manifest says, and what is in it. */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync, statSync } from 'node:fs';
import {
  decodeHead,
  type EncodedRecord,
  isIntactRecord,
  recordKey,
} from '../../core/data/record.js';
import {
  PARTS,
  type Part,
  type PartEnd,
  type StreamItem,
  StreamReader,
} from '../../core/wire/backup-stream.js';
import type { Manifest, NodeFile } from './manifest.js';

export interface Entry {
  readonly key: Buffer;
  readonly record: EncodedRecord;
}

const PIECE_BYTES = 1 << 20;
/** In front of each block. */
const SIZE_BYTES = 4;

/**
 * Reads it once from its beginning to its end, and looks at each record. Rejects with an `Error`
 * that says what is wrong.
 */
export async function checkNodeFile(
  path: string,
  node: NodeFile,
  manifest: Manifest,
  went: (bytes: number) => void,
): Promise<void> {
  const size = sizeOf(path);
  if (size !== node.bytes) throw new Error(`it has ${size} bytes, and has to have ${node.bytes}`);
  const look = new Look(node, manifest);
  const hash = createHash('sha256');
  const stream = new StreamReader();
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    hash.update(piece as Buffer);
    for (const item of stream.take(piece as Buffer)) look.see(item);
    went((piece as Buffer).length);
  }
  if (!stream.isAtEnd) throw new Error('it was cut off');
  look.end();
  if (hash.digest('hex') === node.sha256) return;
  throw new Error('its checksum is another than the manifest says');
}

function sizeOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new Error('there is no such file');
  return stat.size;
}

class Look {
  readonly #node: NodeFile;
  readonly #manifest: Manifest;
  #ends = 0;
  #at = 0;
  readonly #counts = { hints: 0, rows: 0, tombstones: 0, unreadable: 0 };
  #last: Buffer | undefined;

  constructor(node: NodeFile, manifest: Manifest) {
    this.#node = node;
    this.#manifest = manifest;
  }

  see(item: StreamItem): void {
    if (Array.isArray(item)) this.#records(item);
    else if ('failure' in item) throw new Error(`the node had failed: ${item.failure}`);
    else this.#end(item);
  }

  #records(records: readonly EncodedRecord[]): void {
    const part = PARTS[this.#ends];
    if (part === undefined) throw new Error('there is more in it than a node gives');
    this.#at += SIZE_BYTES;
    for (const record of records) {
      this.#check(record);
      this.#counts[part]++;
      // There is no order among hints.
      if (part === 'rows') this.#row(recordKey(record));
      this.#at += record.length;
    }
  }

  #check(record: EncodedRecord): void {
    if (!isIntactRecord(record)) throw new Error(`the record at byte ${this.#at} is damaged`);
    const { version, tombstone } = decodeHead(record);
    if (tombstone) this.#counts.tombstones++;
    if (version.epoch <= this.#manifest.ring.epoch) return;
    throw new Error(`the record at byte ${this.#at} is of an epoch that the cluster had not seen`);
  }

  #row(key: Buffer): void {
    if (this.#last && this.#last.compare(key) >= 0) {
      throw new Error(`the record at byte ${this.#at} is not where it belongs`);
    }
    this.#last = key;
  }

  #end({ part, node, clusterId, epoch, unreadable }: PartEnd): void {
    if (node !== this.#node.id) throw new Error(`it is the file of another node, ${node}`);
    const { clusterId: ours, ring } = this.#manifest;
    if (clusterId !== ours) throw new Error(`it is of another cluster, ${clusterId}`);
    if (epoch !== ring.epoch) throw new Error(`it is of epoch ${epoch}, and not of ${ring.epoch}`);
    if (part !== PARTS[this.#ends]) throw new Error(`its ${part} stand where others belong`);
    this.#counts.unreadable += unreadable;
    this.#ends++;
  }

  /** The file has come to its end. */
  end(): void {
    if (this.#ends < PARTS.length) throw new Error(`it was cut off: it has no end of its parts`);
    for (const what of ['hints', 'rows', 'tombstones', 'unreadable'] as const) {
      const [is, said] = [this.#counts[what], this.#node[what]];
      if (is !== said) throw new Error(`it has ${is} ${what}, and has to have ${said}`);
    }
  }
}

/** Those of one part of a file that has been checked. Throws `BadStream` if it changed. */
export function* entriesIn(path: string, part: Part): Generator<Entry, void> {
  const file = openSync(path, 'r');
  try {
    const stream = new StreamReader();
    let ends = 0;
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES);
      const bytes = readSync(file, piece);
      if (bytes === 0) return;
      for (const item of stream.take(piece.subarray(0, bytes))) {
        const isOfPart = PARTS[ends] === part;
        if (!Array.isArray(item)) {
          if (isOfPart) return;
          ends++;
        } else if (isOfPart) yield* item.map((record) => ({ key: recordKey(record), record }));
      }
    }
  } finally {
    closeSync(file);
  }
}
