/** What is in the databases of nodes that have stopped. */
import { join } from 'node:path';
import { Database } from '../../../src/store/thread/sqlite.js';
import type { NodeProcess, RingAnswer } from './node-process.js';

interface StoredRow {
  readonly partition: number;
  readonly key: Buffer;
  readonly version: Buffer;
  readonly record: Buffer;
}

/**
 * Compares, byte for byte, what the owners of each key hold: version and record. Returns the number
 * of keys, and a line for each of which an owner has something else, or nothing.
 */
export function compareOwners(
  ring: RingAnswer,
  nodes: readonly NodeProcess[],
): { keys: number; unequal: string[] } {
  const rowsOf = new Map(
    ring.members.map(({ id, address }) => {
      const node = nodes.find((each) => each.address === address)!;
      return [id, storedRows(node)];
    }),
  );
  const all = new Map([...rowsOf.values()].flatMap((rows) => [...rows]));
  const unequal: string[] = [];
  for (const [key, { partition, record, version }] of all) {
    for (const owner of ring.owners[partition]!) {
      const held = rowsOf.get(owner)!.get(key);
      if (held?.version.equals(version) && held.record.equals(record)) continue;
      unequal.push(`${key}: ${owner} holds ${held ? 'something else' : 'nothing'}`);
    }
  }
  return { keys: all.size, unequal };
}

/** By key. */
function storedRows(node: NodeProcess): Map<string, StoredRow> {
  const rows = read<StoredRow>(node, 'SELECT partition, key, version, record FROM records');
  return new Map(rows.map((row) => [row.key.toString('latin1'), row]));
}

/** How many hints a node that has stopped keeps for others. */
export function storedHints(node: NodeProcess): number {
  return read<{ count: number }>(node, 'SELECT count(*) AS count FROM hints')[0]!.count;
}

function read<Row>({ dataDir }: NodeProcess, query: string): Row[] {
  const db = new Database(join(dataDir, 'quorate.db'), { readonly: true, fileMustExist: true });
  try {
    return db.prepare<[], Row>(query).all();
  } finally {
    db.close();
  }
}
