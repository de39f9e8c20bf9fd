/** What is held in a range of keys, a page at a time. */

export interface ScanRow {
  readonly key: Buffer;
  /** The record or its head, tombstones included; empty if it fails its checksum. */
  readonly held: Buffer;
}

export interface ScanPage {
  readonly rows: ScanRow[];
  /** The key behind which the next page goes on; undefined at the end of the range. */
  readonly next: Buffer | undefined;
}
