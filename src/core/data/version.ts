/**
 * Versions: one total order over everything that was ever written to a key.
 *
 * A version is `(epoch, time, node)`, compared in that order. `epoch` is the ring epoch the write
 * was stamped in, so that nothing left over from an earlier set of owners can outrank what a later
 * set chose; `time` is a hybrid logical clock reading (see `hybrid-clock.ts`); `node` breaks ties.
 *
 * Rejected alternative: version vectors. They keep concurrent values apart, but hand the merge to
 * every client; a register with one total order is also what CASPaxos needs for its ballots.
 */

/** Sixteen hexadecimal digits, chosen at random when a data directory is first used. */
export type NodeId = string;

export interface Version {
  /** Ring epoch in which the version was stamped. */
  readonly epoch: number;
  /** Hybrid logical time: milliseconds since 2020-01-01 × 4096 + counter. */
  readonly time: number;
  /** The node that stamped it. */
  readonly node: NodeId;
}

/** Sorts before every version that can be stamped: what an absent key holds. */
export const NO_VERSION: Version = { epoch: 0, time: 0, node: '0000000000000000' };

const NODE_ID = /^[0-9a-f]{16}$/;
/** No leading zeros: equal versions have equal texts, and an ETag may be compared as text. */
const VERSION = /^(0|[1-9a-f][0-9a-f]{0,7})\.(0|[1-9a-f][0-9a-f]{0,13})\.([0-9a-f]{16})$/;

export function isNodeId(text: unknown): text is NodeId {
  return typeof text === 'string' && NODE_ID.test(text);
}

/** The one comparison of versions: negative if `a` is older, 0 if equal, positive if newer. */
export function compareVersions(a: Version, b: Version): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.time !== b.time) return a.time - b.time;
  return a.node < b.node ? -1 : a.node > b.node ? 1 : 0;
}

/**
 * Whether a version is the ballot of a CASPaxos round, not the stamp of a plain write: its time is
 * odd. A plain write has to know by which of them it was superseded
 * (`actors/coordinator/write.ts`).
 */
export function isBallot({ time }: Version): boolean {
  return time % 2 === 1;
}

export function newestVersion(a: Version, b: Version): Version {
  return compareVersions(a, b) >= 0 ? a : b;
}

/** `epoch.time.node`, the numbers in hexadecimal: what stands between the quotes of an ETag. */
export function formatVersion(version: Version): string {
  return `${version.epoch.toString(16)}.${version.time.toString(16)}.${version.node}`;
}

/** The inverse of `formatVersion`; undefined for anything it did not write. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (!match) return undefined;
  const time = Number.parseInt(match[2]!, 16);
  if (!Number.isSafeInteger(time)) return undefined;
  return { epoch: Number.parseInt(match[1]!, 16), time, node: match[3]! };
}
