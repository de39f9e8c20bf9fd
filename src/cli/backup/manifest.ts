/**
 * The manifest, which is written last of all: what there is without it is no backup. It says
 * which files belong to the backup, what is in them, and of which nodes there is none.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNodeId } from '../../core/data/version.js';
import { ANY_TIME } from '../../core/wire/backup-stream.js';
import { CommandFailed } from '../client/failures.js';

export const MANIFEST_FILE = 'manifest.json';
const FORMAT = 'quorate-backup';
const VERSION = 1;

/** What a node gave. */
export interface NodeFile {
  readonly id: string;
  readonly address: string;
  /** Its name, in the folder of the manifest: `core/wire/backup-stream.ts`. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Records in its parts. */
  readonly hints: number;
  readonly rows: number;
  /** Of them. */
  readonly tombstones: number;
  /** Rows that it could not read, and left out. */
  readonly unreadable: number;
}

export interface MissingNode {
  readonly id: string;
  readonly address: string;
  readonly why: string;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** ISO 8601. What was acknowledged before it was begun is in it. */
  readonly begun: string;
  readonly ended: string;
  /** By the clocks of most nodes, milliseconds since 1970; see `credibility.ts`. */
  readonly latest: number;
  readonly clusterId: string;
  readonly ring: {
    readonly epoch: number;
    readonly replicas: number;
    readonly writeQuorum: number;
    readonly readQuorum: number;
    readonly partitions: number;
  };
  readonly nodes: readonly NodeFile[];
  readonly missing: readonly MissingNode[];
  /** Only if acknowledged writes may be missing. */
  readonly partial?: { readonly partitions: number; readonly warning: string };
}

export function manifestOf(content: Omit<Manifest, 'format' | 'version'>): Manifest {
  return { format: FORMAT, version: VERSION, ...content };
}

export function fileOf(id: string): string {
  return `${id}.records`;
}

/** Throws `CommandFailed` if there is none, or it makes no sense. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST_FILE);
  try {
    return parseManifest(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const is =
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `there is no ${path}: that is no backup, or one that was never finished`
        : `${path} cannot be used: ${message}`;
    throw new CommandFailed('failed', is);
  }
}

/** Throws an `Error` with a sentence. */
export function parseManifest(text: string): Manifest {
  const manifest = objectIn(text);
  if (manifest.format !== FORMAT) throw new Error('it is not of a backup of Quorate');
  if (manifest.version !== VERSION) {
    throw new Error(`its version is ${String(manifest.version)}, and has to be ${VERSION}`);
  }
  const { latest = ANY_TIME, clusterId, ring, nodes, missing, partial } = manifest;
  for (const field of ['begun', 'ended']) need(typeof manifest[field] === 'string', field);
  need(isCount(latest), 'latest');
  need(typeof clusterId === 'string' && /^[0-9a-f]{32}$/.test(clusterId), 'clusterId');
  const { epoch, partitions, ...quorums } = Object(ring) as Manifest['ring'];
  need(isCount(epoch) && epoch > 0, 'ring.epoch');
  need(isCount(partitions) && partitions > 0 && partitions <= 65536, 'ring.partitions');
  need((partitions & (partitions - 1)) === 0, 'ring.partitions');
  for (const field of ['replicas', 'writeQuorum', 'readQuorum'] as const) {
    need(isCount(quorums[field]) && quorums[field] > 0, `ring.${field}`);
  }
  need(Array.isArray(nodes) && nodes.length > 0 && nodes.every(isNodeFile), 'nodes');
  const ids = (nodes as NodeFile[]).map(({ id }) => id);
  need(new Set(ids).size === ids.length, 'nodes');
  need(Array.isArray(missing) && missing.every((each) => isNodeId(Object(each).id)), 'missing');
  const { warning } = Object(partial ?? { warning: '' }) as { warning: unknown };
  need(typeof warning === 'string', 'partial');
  return { ...manifest, latest } as unknown as Manifest;
}

function objectIn(text: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Error('it is not JSON, or was cut');
  }
}

function isNodeFile(node: unknown): boolean {
  const { id, address, file, bytes, sha256, hints, rows, tombstones, unreadable } = Object(
    node,
  ) as NodeFile;
  return (
    isNodeId(id) &&
    typeof address === 'string' &&
    // No other: a name could lead out of the folder.
    file === fileOf(id) &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    [bytes, hints, rows, tombstones, unreadable].every(isCount)
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function need(is: boolean, field: string): void {
  if (!is) throw new Error(`its ${field} makes no sense`);
}
