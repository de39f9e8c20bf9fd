/** What a simulated disk holds in a range of keys: all that there is, put in order. */
import { inOrder } from '../../../src/core/data/key-range.js';
import { headOf, isIntactRecord } from '../../../src/core/data/record.js';
import type { ScanPage, ScanRow } from '../../../src/core/data/scan-page.js';
import { partitionsIn } from '../../../src/core/ring/partition-set.js';
import type { ScanQuery } from '../../../src/ports.js';
import { keyOf, type SimDisk } from './disk.js';

export function scanned(disk: SimDisk, partitions: number, query: ScanQuery): ScanPage {
  const { range, reverse, limit, bytes, withValues } = query;
  const all = partitionsIn(query.partitions, partitions)
    .flatMap((partition) => [...disk.rowsOf(partition)])
    .map(([name, { record }]) => ({ key: keyOf(name), record }))
    .filter(({ key }) => key.compare(range.from) >= 0)
    .filter(({ key }) => range.to === undefined || key.compare(range.to) < 0)
    .sort((a, b) => inOrder(a.key, b.key, reverse));
  const rows: ScanRow[] = [];
  let room = bytes;
  for (const { key, record } of all) {
    const isIntact = isIntactRecord(record);
    const isLarger = isIntact && record.length > room && rows.length > 0;
    if (rows.length === limit || isLarger) return { rows, next: rows.at(-1)?.key };
    room -= isIntact ? record.length : 0;
    const held = withValues ? Buffer.from(record) : headOf(Buffer.from(record));
    rows.push({ key, held: isIntact ? held : Buffer.alloc(0) });
  }
  return { rows, next: undefined };
}
