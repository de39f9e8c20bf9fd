/**
 * How many owners keep a key, and how many of them have to answer.
 *
 * These numbers are the cluster's, not a node's: two nodes that count differently may between them
 * acknowledge a write where a read does not look. So they are decided when the cluster is created,
 * and its ring carries them from then on. What a node is told at its start founds a cluster; in one
 * that exists it can only be said again.
 */
import { majority } from './quorum.js';

export interface Replication {
  /** Owners per partition that are wanted (N); fewer while the cluster is smaller. */
  readonly replicas: number;
  /** Owners that must have stored a write (W). */
  readonly writeQuorum: number;
  /** Owners that must have answered a read (R). */
  readonly readQuorum: number;
}

/** What a node was told; what it was not told is as the cluster has it. */
export type Asked<T> = { readonly [name in keyof T]?: T[name] | undefined };

const REPLICAS = 3;

/** The numbers of a new cluster: what was not asked for is three replicas, and majorities. */
export function foundingReplication(asked: Asked<Replication>): Replication {
  const { replicas = REPLICAS } = asked;
  const { writeQuorum = majority(replicas), readQuorum = majority(replicas) } = asked;
  return { replicas, writeQuorum, readQuorum };
}

/** Why no cluster can keep its promises with these numbers, in one sentence. */
export function objectionTo(asked: Asked<Replication>): string | undefined {
  // No comparison with NaN holds: what is not known yet is nothing to object to.
  const { replicas = NaN, writeQuorum = NaN, readQuorum = NaN } = asked;
  const of = replicas === 1 ? '1 replica' : `${replicas} replicas`;
  for (const [what, quorum] of Object.entries({ write: writeQuorum, read: readQuorum })) {
    if (quorum > replicas) return `A ${what} quorum of ${quorum} cannot be had of ${of}.`;
  }
  if (2 * writeQuorum <= replicas) {
    const must = `the write quorum (${writeQuorum}) must be more than half`;
    return `Two writes could miss each other: of ${of}, ${must}.`;
  }
  if (writeQuorum + readQuorum <= replicas) {
    const quorums = `write quorum (${writeQuorum}) and read quorum (${readQuorum})`;
    const must = `together must be more than ${replicas}`;
    return `Reads could miss what was written: of ${of}, ${quorums} ${must}.`;
  }
  return undefined;
}

/** Everything that the nodes of a cluster have to be at one about, and the flag that says it. */
const FLAGS = {
  expect: '--expect',
  partitions: '--partitions',
  replicas: '--replicas',
  writeQuorum: '--write-quorum',
  readQuorum: '--read-quorum',
} as const;

export type SharedNumbers = { readonly [name in keyof typeof FLAGS]: number };
export const SHARED_NUMBERS = Object.keys(FLAGS) as (keyof SharedNumbers)[];

/**
 * The first number that was asked for and is another: `--replicas 3, not 5`. What only one of the
 * two says is no difference.
 */
export function difference(
  has: Asked<SharedNumbers>,
  asked: Asked<SharedNumbers>,
): string | undefined {
  const isOther = (each: keyof SharedNumbers) =>
    has[each] !== undefined && asked[each] !== undefined && has[each] !== asked[each];
  const name = SHARED_NUMBERS.find(isOther);
  return name && `${FLAGS[name]} ${has[name]}, not ${asked[name]}`;
}
