/** Stores a dump, batch by batch: what is held of it at a time is one batch. */
import { systemClock as clock } from '../../system.js';
import { CommandFailed } from '../client/failures.js';
import type { Nodes } from '../client/nodes.js';
import type { Entry } from './entry.js';
import type { Read } from './read.js';
import { type Placed, type StoreOptions, storeAll } from './store.js';

/** So much goes in one request; one entry does in any case. */
const BATCH_ENTRIES = 500;
const BATCH_BYTES = 1 << 20;

export interface Fault {
  readonly line: number;
  readonly why: string;
}

/** How far a load has come. */
export class Loaded {
  stored = 0;
  /** Was there, and stayed. */
  kept = 0;
  /** Its time had passed: there is nothing to store. */
  expired = 0;
  failed = 0;
  /** The first lines that were not stored, or make no sense. */
  readonly faults: Fault[] = [];
  /** Of what was not stored, the first. */
  failure: CommandFailed | undefined;

  get done(): number {
    return this.stored + this.kept + this.expired + this.failed;
  }

  fault(line: number, why: string): void {
    this.failed++;
    if (this.faults.length < MOST_FAULTS) this.faults.push({ line, why });
  }
}

/** Are told one by one. */
const MOST_FAULTS = 10;

/** Reads it to its end, and stores nothing; `done` counts the good lines, too. */
export async function check(reads: AsyncIterable<Read>): Promise<Loaded & { good: number }> {
  const checked = Object.assign(new Loaded(), { good: 0 });
  for await (const { line, entry, fault } of reads) {
    if (fault !== undefined) checked.fault(line, fault);
    else if (hasExpired(entry)) checked.expired++;
    else checked.good++;
  }
  return checked;
}

/**
 * `went`: called behind each batch. Throws `CommandFailed` at a damaged line or the end of a cut
 * dump, and when no node could be asked: what came before it is stored.
 */
export async function load(
  nodes: Nodes,
  reads: AsyncIterable<Read>,
  options: StoreOptions,
  went: (loaded: Loaded) => void,
): Promise<Loaded> {
  const loaded = new Loaded();
  let batch: Placed[] = [];
  /** Of the batch: a later line about the same key is not to be undone by another try. */
  const keys = new Set<string>();
  let bytes = 0;
  const send = async () => {
    const entries = batch;
    [batch, bytes] = [[], 0];
    keys.clear();
    if (entries.length > 0) await store(nodes, entries, options, loaded);
    went(loaded);
  };
  for await (const { line, entry, fault } of reads) {
    if (fault !== undefined) {
      await send();
      throw new CommandFailed('failed', `line ${line}: ${fault}; ${cameTo(loaded)}`);
    }
    if (hasExpired(entry)) {
      loaded.expired++;
      continue;
    }
    const size = sizeOf(entry);
    const isFull = batch.length >= BATCH_ENTRIES || bytes + size > BATCH_BYTES;
    if (isFull || keys.has(entry.key)) await send();
    keys.add(entry.key);
    batch.push({ line, entry });
    bytes += size;
  }
  await send();
  return loaded;
}

async function store(
  nodes: Nodes,
  entries: readonly Placed[],
  options: StoreOptions,
  loaded: Loaded,
): Promise<void> {
  // Whoever names a wrong node hears of it at once.
  const isFirst = loaded.stored + loaded.kept + loaded.failed === 0;
  const { outcomes, nobody } = await storeAll(nodes, entries, { ...options, isFirst });
  for (const [{ line }, outcome] of outcomes) {
    if (outcome === 'stored') loaded.stored++;
    else if (outcome === 'kept') loaded.kept++;
    else {
      loaded.failure ??= outcome;
      loaded.fault(line, outcome.message);
    }
  }
  if (nobody) throw new CommandFailed(nobody.exit, `${nobody.message}; ${cameTo(loaded)}`);
}

/** How far it has come, for who wants to do the rest. */
function cameTo({ stored, kept }: Loaded): string {
  if (stored + kept === 0) return 'nothing was stored before';
  const before = `${stored} stored${kept > 0 ? ` and ${kept} kept` : ''} before`;
  return `${before}: it may be loaded again, which stores the same once more`;
}

function hasExpired({ expiresAt }: Entry): boolean {
  return expiresAt !== undefined && expiresAt <= clock.now();
}

/** About what it takes in a request. */
function sizeOf({ key, value = '', base64 = '' }: Entry): number {
  return key.length + value.length + base64.length;
}
